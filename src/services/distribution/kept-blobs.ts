import type { StagedBlob } from "#content";
import { collectGarbage, storeBlobs } from "#images";
import type { ImageDeps } from "#images";
import type { Digest } from "#oci";

/** How long a blob waits for the manifest that names it. Nobody sends for so long without a manifest between. */
const KEPT_MS = 60 * 60 * 1000;

/**
 * Blobs that were sent, or asked for by somebody about to push, before a manifest names them. The records outlive the
 * process, so that a push goes on where it was after a restart, and nothing is forgotten on the disk.
 */
export class KeptBlobs implements AsyncDisposable {
  readonly #deps: ImageDeps;
  readonly #onSweep: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param onSweep is called with every sweep, at least once in the time that a blob is kept. */
  constructor(deps: ImageDeps, onSweep: () => Promise<void>) {
    this.#deps = deps;
    this.#onSweep = onSweep;
    this.#schedule();
  }

  /** Visible and on disk when this resolves. */
  async store(blob: StagedBlob): Promise<void> {
    const { content, metadata } = this.#deps;
    try {
      await storeBlobs(this.#deps, [blob], () => metadata.uploads.keep(blob.digest, this.#end()));
    } finally {
      // Without effect on what has become visible; what was stored before leaves its second copy.
      await content.discard([blob]);
    }
  }

  /** Size in bytes, or `undefined` when it is not stored. */
  claim(digest: Digest): number | undefined {
    const { metadata } = this.#deps;
    const size = metadata.blobs.find(digest);
    const until = metadata.uploads.keptUntil(digest);
    // Asked again and again, it need not be written again and again.
    const isFresh = until !== undefined && until.getTime() - this.#deps.now().getTime() > KEPT_MS / 2;
    if (size !== undefined && !isFresh) metadata.transaction(() => metadata.uploads.keep(digest, this.#end()));
    return size;
  }

  /** One at a time. */
  sweep(): Promise<void> {
    const next = this.#sweeping.then(() => this.#sweep());
    this.#sweeping = next.catch(() => undefined);
    return next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const { metadata } = this.#deps;
    await this.#onSweep();
    const ended = metadata.uploads.endedBy(this.#deps.now());
    if (ended.length === 0) return;
    metadata.transaction(() => metadata.uploads.release(ended));
    await collectGarbage(this.#deps, ended);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      // What could not be let go now is let go the next time.
      void this.sweep()
        .catch(() => undefined)
        .then(() => (this.#isClosed ? undefined : this.#schedule()));
    }, this.#pause());
    this.#timer.unref();
  }

  /** Until the next blob's end, but no less often than uploads have to be looked at. */
  #pause(): number {
    const next = this.#deps.metadata.uploads.nextEnd()?.getTime() ?? Number.POSITIVE_INFINITY;
    return Math.min(Math.max(next - this.#deps.now().getTime(), 1000), KEPT_MS / 4);
  }

  #end(): Date {
    return new Date(this.#deps.now().getTime() + KEPT_MS);
  }
}
