import type { EngineEvent, EventQuery } from "./engine-event.ts";

/** Docker remembers this many; clients that replay with `since` rely on no more. */
const REMEMBERED = 256;

/** A subscriber that reads slower than events come loses its connection rather than our memory. */
const MAX_BACKLOG = 65_536;

/** The last 256 events and everybody who listens. Lives in memory: a restart begins an empty journal, as Docker's does. */
export class EventJournal {
  readonly #now: () => number;
  readonly #remembered: EngineEvent[] = [];
  readonly #subscribers = new Set<(event: EngineEvent) => void>();
  #lastTime = 0n;

  constructor(options: { now?: () => number } = {}) {
    this.#now = options.now ?? Date.now;
  }

  /** How many are listening. */
  get subscribers(): number {
    return this.#subscribers.size;
  }

  publish(event: Omit<EngineEvent, "time">): void {
    const stamped: EngineEvent = { ...event, time: this.#nextTime() };
    this.#remembered.push(stamped);
    if (this.#remembered.length > REMEMBERED) this.#remembered.shift();
    for (const notify of this.#subscribers) notify(stamped);
  }

  /**
   * Listens from this call on, not from the first read, so that nothing between the two is missed.
   * Ends at `until`, or when `signal` fires, or when the reader leaves.
   */
  subscribe(query: EventQuery, options: { signal?: AbortSignal } = {}): AsyncIterableIterator<EngineEvent> {
    const { since, until } = query;
    const replay = since !== undefined || until !== undefined;
    const backlog = replay ? this.#remembered.filter((event) => isWithin(event, query)) : [];
    const mailbox = new Mailbox(backlog);
    const notify = (event: EngineEvent): void => {
      if (isWithin(event, query)) mailbox.put(event);
    };
    this.#subscribers.add(notify);
    const timer = until === undefined ? undefined : setTimeout(() => mailbox.end(), delayUntil(until, this.#now()));
    const end = (): void => mailbox.end();
    options.signal?.addEventListener("abort", end, { once: true });
    if (options.signal?.aborted === true) mailbox.end();
    return mailbox.read(() => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", end);
      this.#subscribers.delete(notify);
    });
  }

  /** Strictly increasing although the clock ticks in milliseconds and may step back. */
  #nextTime(): bigint {
    const now = BigInt(this.#now()) * 1_000_000n;
    this.#lastTime = now > this.#lastTime ? now : this.#lastTime + 1n;
    return this.#lastTime;
  }
}

function isWithin(event: EngineEvent, { since, until }: EventQuery): boolean {
  return (since === undefined || event.time >= since) && (until === undefined || event.time <= until);
}

/** `setTimeout` overflows beyond 2³¹−1 ms and would fire at once. */
function delayUntil(until: bigint, nowMs: number): number {
  const delay = Number(until / 1_000_000n) - nowMs;
  return Math.min(Math.max(delay, 0), 2_147_483_647);
}

class Mailbox {
  readonly #waiting: EngineEvent[];
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(first: readonly EngineEvent[]) {
    this.#waiting = [...first];
  }

  put(event: EngineEvent): void {
    if (this.#ended) return;
    if (this.#waiting.length >= MAX_BACKLOG) this.#ended = true;
    else this.#waiting.push(event);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** By hand rather than as a generator, whose `return` before the first `next` would release nothing. */
  read(release: () => void): AsyncIterableIterator<EngineEvent> {
    const done = { done: true, value: undefined } as const;
    const finish = async (): Promise<typeof done> => {
      this.end();
      this.#waiting.length = 0;
      release();
      return done;
    };
    return {
      next: async () => {
        for (;;) {
          const event = this.#waiting.shift();
          if (event !== undefined) return { done: false, value: event };
          if (this.#ended) return finish();
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
      },
      return: finish,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
