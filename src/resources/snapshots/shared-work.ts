import { cancelled, throwIfAborted } from "#errors";

interface Job {
  readonly done: Promise<void>;
  readonly abort: AbortController;
  waiting: number;
}

/** Work that several may want at once and that is done once; it is given up when nobody waits for it any more. */
export class SharedWork {
  readonly #jobs = new Map<string, Job>();

  async run(key: string, work: (signal: AbortSignal) => Promise<void>, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const job = this.#jobs.get(key) ?? this.#start(key, work);
    job.waiting += 1;
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(cancelled(signal?.reason));
    signal?.addEventListener("abort", leave, { once: true });
    try {
      await Promise.race([job.done, left.promise]);
    } finally {
      signal?.removeEventListener("abort", leave);
      job.waiting -= 1;
      if (job.waiting === 0) {
        job.abort.abort();
        // Gone before it is begun again, and before the caller goes on.
        await job.done.catch(() => undefined);
      }
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<void>): Job {
    const abort = new AbortController();
    const done = work(abort.signal).finally(() => this.#jobs.delete(key));
    // Whoever waits is told; when nobody does any more, nobody wants to know.
    done.catch(() => undefined);
    const job: Job = { done, abort, waiting: 0 };
    this.#jobs.set(key, job);
    return job;
  }
}
