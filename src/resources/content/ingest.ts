import { rm, stat } from "node:fs/promises";
import { cancelled } from "#errors";
import { algorithmOf } from "#oci";
import type { Digest } from "#oci";
import { BlobReceiver } from "./blob-receiver.ts";
import { digestMismatch, sizeMismatch } from "./errors.ts";
import type { IngestThread, Transfer } from "./ingest-thread.ts";
import type { PartialClaim } from "./partial-blobs.ts";
import type { ReceiveOptions, ReceivedBlob } from "./received-blob.ts";

/** Smaller blobs are received in place: the trip to the worker would cost more than the work. */
const IN_PLACE = 128 * 1024;
const MAX_BLOB_SIZE = 1024 ** 4;

export interface IngestOptions {
  /** The name that the bytes must turn out to have. */
  readonly digest?: Digest;
  /** The length that they must turn out to have, in bytes. */
  readonly size?: number;
  /** Look for a layer in them. */
  readonly inspect: boolean;
  /** The tar is no layer: names of whiteouts are names like any other in it. */
  readonly isPlainTree?: boolean;
  readonly unwrapForeign?: boolean;
  /** It will be read and thrown away, never committed: nothing waits for the disk. */
  readonly isTemporary?: boolean;
  /**
   * Go on where the last one for this digest stood, and leave what arrived for the next when this one ends early. Taken
   * up only for a blob whose digest and size are given and that is worth it.
   */
  readonly resumable?: boolean;
  /** Ends the wait for whoever writes the same blob, and the pass over what is here of it. */
  readonly signal?: AbortSignal;
}

/** A blob that is received whole, on disk and verified, but not yet visible: commit or discard it. */
export interface StagedBlob extends ReceivedBlob {
  readonly path: string;
  /** Of a resumable one, which lies among the partial blobs until it is committed. */
  readonly claim?: PartialClaim | undefined;
}

/** Where the pass over the bytes runs: in the worker or in place. */
interface Receiver {
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<ReceivedBlob>;
  abort(): Promise<void>;
}

/** Where the bytes go. */
export interface Place {
  readonly path: string;
  readonly claim?: PartialClaim;
}

/** Whether it is big enough that fetching it again would cost more than keeping it, and is known by name. */
export function isWorthResuming({ resumable = false, digest, size = 0 }: IngestOptions): boolean {
  return resumable && digest !== undefined && size > IN_PLACE;
}

/** An unfinished write. Bytes go in, a `StagedBlob` comes out; disposing of it unfinished removes it, unless it can be resumed. */
export class Ingest implements AsyncDisposable {
  /** Bytes that were here already: the first one to be written is the one behind them. */
  readonly offset: number;
  readonly #place: Place;
  readonly #expected: IngestOptions;
  readonly #receiver: Receiver;
  #settled = false;

  private constructor(place: Place, expected: IngestOptions, { receiver, offset }: { receiver: Receiver; offset: number }) {
    this.#place = place;
    this.#expected = expected;
    this.#receiver = receiver;
    this.offset = offset;
  }

  static async begin(place: Place, thread: IngestThread, durable: boolean, expected: IngestOptions): Promise<Ingest> {
    const { path, claim } = place;
    const options: ReceiveOptions = {
      durable: durable && expected.isTemporary !== true,
      resume: claim !== undefined,
      inspect: expected.inspect,
      isPlainTree: expected.isPlainTree ?? false,
      maxSize: expected.size ?? MAX_BLOB_SIZE,
      unwrapForeign: expected.unwrapForeign ?? false,
      algorithm: expected.digest === undefined ? "sha256" : algorithmOf(expected.digest),
    };
    if (claim !== undefined) return new Ingest(place, expected, await resume(claim, thread, options, expected.signal));
    const inPlace = expected.size !== undefined && expected.size <= IN_PLACE;
    const receiver = inPlace ? await BlobReceiver.create(path, options) : thread.begin(path, options);
    return new Ingest(place, expected, { receiver, offset: 0 });
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.#receiver.write(chunk);
  }

  /** @throws data-loss when the bytes are not the expected ones; nothing is left behind then. */
  async finish(): Promise<StagedBlob> {
    const blob = await this.#receiver.finish();
    this.#settled = true;
    const { path, claim } = this.#place;
    const { digest, size } = this.#expected;
    const wrong =
      size !== undefined && this.#expected.unwrapForeign !== true && blob.size !== size
        ? sizeMismatch(size, blob.size)
        : digest !== undefined && blob.digest !== digest
          ? digestMismatch(digest, blob.digest)
          : undefined;
    if (wrong !== undefined) {
      await (claim?.remove() ?? rm(path, { force: true }));
      throw wrong;
    }
    return { ...blob, path, claim };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#settled) return;
    this.#settled = true;
    await this.#receiver.abort();
    await this.#place.claim?.release();
  }
}

/** A part that cannot be read is as good as none. */
async function resume(
  claim: PartialClaim,
  thread: IngestThread,
  options: ReceiveOptions,
  signal: AbortSignal | undefined,
): Promise<{ receiver: Receiver; offset: number }> {
  try {
    return await caughtUp(thread.begin(claim.path, options), signal);
  } catch (error) {
    try {
      if (signal?.aborted === true) throw cancelled(signal.reason);
      const found = await stat(claim.path).catch(() => undefined);
      if (found === undefined || found.size === 0) throw error;
      await rm(claim.path);
      return await caughtUp(thread.begin(claim.path, options), signal);
    } catch (final) {
      await claim.release();
      throw final;
    }
  }
}

async function caughtUp(receiver: Transfer, signal: AbortSignal | undefined): Promise<{ receiver: Receiver; offset: number }> {
  const abort = (): void => void receiver.abort();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return { receiver, offset: await receiver.offset };
  } catch (error) {
    await receiver.abort();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
