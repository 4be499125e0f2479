import { internal, throwIfAborted } from "#errors";
import type { TarHeader, TarLimits } from "./tar-header.ts";
import { TarParser } from "./tar-parser.ts";

export interface TarItem {
  readonly header: TarHeader;
  /**
   * The entry's stored bytes, once, front to back; chunks are slices of the source's own. May be left unread or
   * half read: the rest is passed over when the next entry is asked for, and the body is then no longer readable.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface ReadTarOptions {
  readonly limits?: Partial<TarLimits>;
  /** Looked at between chunks; a source that may wait long takes the same signal itself. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Entries in the order of the tar. Reads the source to its very end, also what follows the tar's terminator, so
 * that whoever sends it is not cut off; leaving early ends the source.
 *
 * @throws invalid-argument for what is no tar, is cut off or passes a limit; after all entries before that point.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>, options: ReadTarOptions = {}): AsyncGenerator<TarItem, void> {
  const iterator = source[Symbol.asyncIterator]();
  const events = new EventQueue(iterator, options);
  try {
    for (let event = await events.next(); event !== undefined; event = await events.next()) {
      if (event instanceof Uint8Array || event === "end") continue;
      yield { header: event, body: readBody(events, events.startEntry()) };
    }
  } finally {
    events.startEntry();
    await iterator.return?.();
  }
}

async function* readBody(events: EventQueue, entry: number): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    if (!events.isAt(entry)) throw internal("cannot read tar entry: its body was asked for after the next entry");
    if (events.peek() === "end") return;
    const event = await events.next();
    if (!(event instanceof Uint8Array)) {
      if (event === "end") events.unread();
      return;
    }
    yield event;
  }
}

type TarEvent = TarHeader | Uint8Array | "end";

/** What the parser has called out but nobody has asked for yet: at most one chunk's worth. */
class EventQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  readonly #parser: TarParser;
  #events: TarEvent[] = [];
  #head = 0;
  #entry = 0;
  #isFinished = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: AsyncIterator<Uint8Array>, options: ReadTarOptions) {
    this.#source = source;
    this.#signal = options.signal;
    const add = (event: TarEvent): void => void this.#events.push(event);
    this.#parser = new TarParser({ entry: add, data: add, entryEnd: () => add("end") }, options.limits);
  }

  /** Makes every earlier body unreadable. */
  startEntry(): number {
    return ++this.#entry;
  }

  isAt(entry: number): boolean {
    return entry === this.#entry;
  }

  peek(): TarEvent | undefined {
    return this.#events[this.#head];
  }

  unread(): void {
    this.#head--;
  }

  async next(): Promise<TarEvent | undefined> {
    while (this.#head === this.#events.length) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#isFinished) return undefined;
      this.#events = [];
      this.#head = 0;
      await this.#pump();
    }
    return this.#events[this.#head++];
  }

  /** An error waits until the entries before it are read, so that the outcome does not depend on chunk sizes. */
  async #pump(): Promise<void> {
    throwIfAborted(this.#signal);
    const next = await this.#source.next();
    try {
      if (next.done === true) {
        this.#isFinished = true;
        this.#parser.finish();
      } else {
        this.#parser.push(next.value);
      }
    } catch (error) {
      this.#failure = { error };
    }
  }
}
