import type { Digest } from "#oci";
import type { Plan, RegistryClient } from "../client.ts";
import { detailsOf } from "../failure.ts";
import type { GrowingBlob, OperationOptions } from "../types.ts";
import { untilUploaded } from "./until-uploaded.ts";
import type { Upload } from "./until-uploaded.ts";
import { UploadRequests } from "./upload-requests.ts";
import type { UploadSession } from "./upload-session.ts";

/** Kept in memory while it is sent, because its length has to be told before. */
const PIECE_SIZE = 8 * 1024 * 1024;

export interface StreamUpload {
  readonly path: string;
  /** Begins the same bytes again. */
  readonly open: () => GrowingBlob;
  /** By which people know the blob, in notices of retries. */
  readonly label: Digest;
  /** Left by a mount that was none. */
  readonly session: UploadSession | undefined;
}

/** Of bytes that are made while they are sent: their digest is known at their end, and every attempt makes them again. */
export async function uploadStream(
  client: RegistryClient,
  upload: StreamUpload,
  { signal }: OperationOptions,
): Promise<GrowingBlob["result"]> {
  const plan: Plan = { operation: "upload the blob", capability: "push", patience: "transfer", signal, digest: upload.label };
  return untilUploaded(client, plan, new MadeBlobUpload(new UploadRequests(client, upload.path, plan, upload.session), upload.open));
}

class MadeBlobUpload implements Upload<GrowingBlob["result"]> {
  readonly requests: UploadRequests;
  readonly most = Number.MAX_SAFE_INTEGER;
  readonly #open: () => GrowingBlob;
  /** After a break or at a gateway that takes only so much at a time. Otherwise all goes in one request. */
  #isInPieces = false;

  constructor(requests: UploadRequests, open: () => GrowingBlob) {
    this.requests = requests;
    this.#open = open;
  }

  async attempt(): Promise<GrowingBlob["result"]> {
    const { requests } = this;
    const { minChunk } = await requests.begin();
    let blob = this.#open();
    if (this.#isInPieces) {
      for await (const piece of inPieces(blob, requests.offset, Math.max(PIECE_SIZE, minChunk))) await this.#send(piece);
    } else {
      await requests.appendAll(() => (blob = this.#open()));
    }
    await requests.finish(blob.result.digest, 0);
    return blob.result;
  }

  adapt(error: unknown): boolean {
    const { status, isTransient } = detailsOf(error);
    const isTooMuch = status === 413 && !this.#isInPieces;
    if (isTooMuch || isTransient === true) this.#isInPieces = true;
    return isTooMuch;
  }

  /** A registry that took less than all is sent the rest at once. */
  async #send(piece: Uint8Array): Promise<void> {
    const { requests } = this;
    const end = requests.offset + piece.byteLength;
    while (requests.offset < end) {
      const rest = piece.subarray(piece.byteLength - (end - requests.offset));
      await requests.append(rest.byteLength, () => rest);
    }
  }
}

/** Everything from `offset` on; only the last piece is smaller than `size`. A piece is written over when the next is asked for. */
async function* inPieces(bytes: AsyncIterable<Uint8Array>, offset: number, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  let skip = offset;
  let length = 0;
  const piece = Buffer.allocUnsafeSlow(size);
  for await (const chunk of bytes) {
    let part = chunk.subarray(Math.min(skip, chunk.byteLength));
    skip -= chunk.byteLength - part.byteLength;
    while (part.byteLength > 0) {
      const taken = part.subarray(0, size - length);
      piece.set(taken, length);
      length += taken.byteLength;
      part = part.subarray(taken.byteLength);
      if (length < size) continue;
      yield piece;
      length = 0;
    }
  }
  if (length > 0) yield piece.subarray(0, length);
}
