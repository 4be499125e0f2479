import type { Engine } from "#engine";
import { EngineError, unavailable } from "#errors";

/** How long the two requests of one build wait for each other. */
const PATIENCE_MS = 5_000;

interface Job {
  readonly cancelled: AbortController;
  readonly upload: PromiseWithResolvers<AsyncIterable<Uint8Array>>;
  /** The upload has been read, or nobody will read it any more. */
  readonly received: PromiseWithResolvers<void>;
}

/** Builds of one engine by the ID that their clients have given them: to be cancelled, and to be sent a context by. */
export class RunningBuilds {
  static readonly #byEngine = new WeakMap<Engine, RunningBuilds>();
  readonly #jobs = new Map<string, Job>();

  static of(engine: Engine): RunningBuilds {
    let builds = RunningBuilds.#byEngine.get(engine);
    if (builds === undefined) RunningBuilds.#byEngine.set(engine, (builds = new RunningBuilds()));
    return builds;
  }

  /** Fires when the build is cancelled. */
  signalOf(id: string): AbortSignal {
    return this.#job(id).cancelled.signal;
  }

  cancel(id: string): void {
    this.#jobs.get(id)?.cancelled.abort(new EngineError("cancelled", "Build cancelled"));
  }

  end(id: string): void {
    this.#jobs.get(id)?.received.resolve();
    this.#jobs.delete(id);
  }

  /** Hands a context to the build that waits for it; resolves when it has read it. */
  async upload(id: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { upload, received } = this.#job(id);
    const { promise: taken, resolve: take } = Promise.withResolvers<void>();
    upload.resolve(readOnce(body, take, received.resolve));
    await orLate(taken, () => this.end(id));
    await received.promise;
  }

  /** The context that another request brings. @throws unavailable if it does not come. */
  async *uploaded(id: string): AsyncGenerator<Uint8Array> {
    yield* await orLate(this.#job(id).upload.promise, () => this.end(id));
  }

  #job(id: string): Job {
    let job = this.#jobs.get(id);
    if (job === undefined) {
      job = { cancelled: new AbortController(), upload: Promise.withResolvers(), received: Promise.withResolvers() };
      this.#jobs.set(id, job);
    }
    return job;
  }
}

async function* readOnce(body: AsyncIterable<Uint8Array>, begin: () => void, end: () => void): AsyncGenerator<Uint8Array> {
  begin();
  try {
    yield* body;
  } finally {
    end();
  }
}

async function orLate<T>(promise: Promise<T>, giveUp: () => void): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    giveUp();
    late.reject(unavailable("cannot build: the context and the build that was to use it have not found each other"));
  }, PATIENCE_MS);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
