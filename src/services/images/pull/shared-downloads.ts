import type { StagedBlob } from "#content";
import type { Digest } from "#oci";

/** Does the transfer; reports how many bytes have arrived. */
export type Download = (onProgress: (received: number) => void, signal: AbortSignal) => Promise<StagedBlob>;

interface Running {
  readonly result: Promise<StagedBlob>;
  readonly controller: AbortController;
  readonly listeners: Set<DownloadListener>;
  users: number;
}

/** Who shares a download hears all of it. */
export interface DownloadListener {
  /** Bytes so far. */
  onProgress(received: number): void;
  /** It goes on after so many seconds. */
  onRetry(seconds: number): void;
}

/** Downloads under way by digest: whoever wants the same blob at the same time shares one, and leaving does not stop the others. */
export class SharedDownloads {
  readonly #running = new Map<Digest, Running>();
  readonly #discard: (blob: StagedBlob) => Promise<void>;

  /** @param discard removes a received blob that none of its users stored. */
  constructor(discard: (blob: StagedBlob) => Promise<void>) {
    this.#discard = discard;
  }

  join(digest: Digest, download: Download, listener: DownloadListener): SharedDownload {
    const running = this.#running.get(digest) ?? this.#start(digest, download);
    running.users += 1;
    running.listeners.add(listener);
    let isReleased = false;
    const release = async (): Promise<void> => {
      if (isReleased) return;
      isReleased = true;
      running.listeners.delete(listener);
      running.users -= 1;
      if (running.users > 0) return;
      if (this.#running.get(digest) === running) this.#running.delete(digest);
      running.controller.abort();
      const blob = await running.result.catch(() => undefined);
      if (blob !== undefined) await this.#discard(blob);
    };
    return { result: running.result, [Symbol.asyncDispose]: release };
  }

  /** Whether anybody downloads this, and so has heard it. */
  tellRetry(digest: Digest, seconds: number): boolean {
    const running = this.#running.get(digest);
    for (const listener of running?.listeners ?? []) listener.onRetry(seconds);
    return running !== undefined;
  }

  #start(digest: Digest, download: Download): Running {
    const controller = new AbortController();
    const listeners = new Set<DownloadListener>();
    const result = download((received) => {
      for (const listener of listeners) listener.onProgress(received);
    }, controller.signal);
    const running: Running = { result, controller, listeners, users: 0 };
    this.#running.set(digest, running);
    result.catch(() => {
      // The next who asks shall try again.
      if (this.#running.get(digest) === running) this.#running.delete(digest);
    });
    return running;
  }
}

/** Keep it until the blob is stored: the last to let go removes what nobody stored. */
export interface SharedDownload extends AsyncDisposable {
  readonly result: Promise<StagedBlob>;
}
