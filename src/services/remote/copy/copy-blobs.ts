import { allOrAbort } from "#async";
import { isEngineError, throwIfAborted } from "#errors";
import { isForeignLayerType } from "#oci";
import type { Descriptor } from "#oci";
import type { OperationOptions, Registries } from "#registry";
import type { Sides } from "./copy-sides.ts";
import type { CopiedBlob } from "./types.ts";
import { verifiedBlob } from "./verified-blob.ts";

/** Blobs are reported this often at most, in bytes. */
const REPORT_EVERY = 512 * 1024;

export interface CopyBlobsOptions extends OperationOptions {
  /** Whether what the target has elsewhere may be mounted. */
  readonly mounts: boolean;
}

/** Brings to the target what it lacks, several blobs at a time, none of them ever whole in memory. Resolves with the bytes that passed. */
export async function copyBlobs(
  registries: Registries,
  sides: Sides,
  blobs: readonly Descriptor[],
  { signal: outer, mounts }: CopyBlobsOptions,
): Promise<number> {
  const distinct = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
  let transferred = 0;
  for (const { digest } of distinct) sides.queue.put({ type: "blob", digest, state: { step: "waits" } });
  await allOrAbort(
    distinct,
    (blob, signal) =>
      registries.uploads(async () => {
        throwIfAborted(signal);
        const tell = (state: CopiedBlob): void => sides.queue.put({ type: "blob", digest: blob.digest, state });
        const known = await withoutTransfer(sides, blob, { signal, mounts });
        if (known !== undefined) return tell(known);
        const bytes = await registries.downloads(() => stream(sides, blob, { signal, tell }));
        transferred += bytes;
        tell({ step: "copied" });
      }),
    outer,
  );
  return transferred;
}

async function withoutTransfer(
  { source, target }: Sides,
  blob: Descriptor,
  { signal, mounts }: { readonly signal: AbortSignal; readonly mounts: boolean },
): Promise<CopiedBlob | undefined> {
  // As `docker push` does: registries take the manifest without them.
  if (isForeignLayerType(blob.mediaType) && blob.urls !== undefined && blob.urls.length > 0) return { step: "foreign" };
  if (await target.ask((repository) => repository.hasBlob(blob, { signal }))) return { step: "exists" };
  const [from, to] = [source.repository.reference, target.repository.reference];
  if (!mounts || from.domain !== to.domain || from.path === to.path) return undefined;
  const isMounted = await target.ask((repository) => repository.mountBlob(blob.digest, from.path, { signal }));
  return isMounted ? { step: "mounted", from: from.path } : undefined;
}

interface Transfer {
  readonly signal: AbortSignal;
  readonly tell: (state: CopiedBlob) => void;
}

/** Wrong bytes from a mirror are asked for once more, where they come from. */
async function stream(sides: Sides, blob: Descriptor, transfer: Transfer): Promise<number> {
  const through = new Passage(sides, blob, transfer);
  try {
    await through.run(false);
  } catch (error) {
    if (!isEngineError(error, "data-loss") || !through.cameFromMirror) throw error;
    await through.run(true);
  }
  return through.transferred;
}

/** One blob between the two. */
class Passage {
  transferred = 0;
  cameFromMirror = false;
  readonly #sides: Sides;
  readonly #blob: Descriptor;
  readonly #transfer: Transfer;
  /** Less than nothing: that it begins is told, too. */
  #reported = -REPORT_EVERY;

  constructor(sides: Sides, blob: Descriptor, transfer: Transfer) {
    this.#sides = sides;
    this.#blob = blob;
    this.#transfer = transfer;
  }

  async run(originOnly: boolean): Promise<void> {
    const { signal } = this.#transfer;
    const verified = verifiedBlob(this.#blob, async (offset) => {
      const fetched = await this.#sides.source.repository.fetchBlob(this.#blob, { offset, signal, originOnly });
      this.cameFromMirror ||= fetched.isMirror;
      return { stream: this.#counted(fetched.stream) };
    });
    const upload = { signal, onProgress: (sent: number) => this.#report(sent) };
    await this.#sides.target.ask((repository) => repository.uploadBlob(this.#blob, (offset) => this.#atSource(verified(offset)), upload));
  }

  /** The target's client throws what its source throws, which is then known to be the source's. */
  async *#atSource(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* chunks;
    } catch (error) {
      throw this.#sides.source.failure(error);
    }
  }

  async *#counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks) {
      this.transferred += chunk.byteLength;
      yield chunk;
    }
  }

  #report(current: number): void {
    const { size: total } = this.#blob;
    if (current === this.#reported) return;
    if (current >= this.#reported && current < total && current - this.#reported < REPORT_EVERY) return;
    this.#reported = current;
    this.#transfer.tell({ step: "copying", current, total });
  }
}
