import { cancelled, throwIfAborted } from "#errors";
import { detectCompression, MAGIC_SIZE } from "./compression.ts";
import type { DecompressLimits } from "./compression.ts";
import { createDecompressor } from "./decompressor.ts";
import type { Decompressor } from "./decompressor.ts";

export interface DecompressOptions {
  readonly limits?: Partial<DecompressLimits>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes behind whatever compression the first of them show; plain bytes pass through as they are, uncounted.
 * Reads ahead by at most one piece of 256 KiB and one chunk of the source. Leaving early ends the source.
 */
export async function* decompress(source: AsyncIterable<Uint8Array>, options: DecompressOptions = {}): AsyncGenerator<Uint8Array, void> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const head = await readHead(chunks, options.signal);
    const compression = detectCompression(head);
    if (compression === "none") yield* passThrough(head, chunks, options.signal);
    else yield* expand((onData) => createDecompressor(compression, onData, options), head, chunks, options.signal);
  } finally {
    await chunks.return?.();
  }
}

async function readHead(chunks: AsyncIterator<Uint8Array>, signal: AbortSignal | undefined): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.byteLength < MAGIC_SIZE) {
    throwIfAborted(signal);
    const next = await chunks.next();
    if (next.done === true) break;
    head = head.byteLength === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* passThrough(
  head: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (head.byteLength > 0) yield head;
  for (;;) {
    throwIfAborted(signal);
    const next = await chunks.next();
    if (next.done === true) return;
    yield next.value;
  }
}

type Open = (onData: (piece: Uint8Array) => Promise<void>) => Decompressor;

async function* expand(
  open: Open,
  head: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const handoff = new Handoff();
  const decompressor = open((piece) => handoff.give(piece));
  const pumped = pump(decompressor, head, chunks, signal).then(
    () => handoff.close(undefined),
    (error: unknown) => handoff.close({ error }),
  );
  try {
    for (let piece = await handoff.take(); piece !== undefined; piece = await handoff.take()) yield piece;
  } finally {
    handoff.refuse();
    decompressor.abort();
    await pumped;
  }
}

async function pump(
  decompressor: Decompressor,
  head: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await decompressor.write(head);
  for (;;) {
    throwIfAborted(signal);
    const next = await chunks.next();
    if (next.done === true) return decompressor.end();
    await decompressor.write(next.value);
  }
}

/** Passes pieces from a pushing side to a pulling one, which the pushing side waits for. */
class Handoff {
  #piece: Uint8Array | undefined;
  #taken: PromiseWithResolvers<void> | undefined;
  #given: (() => void) | undefined;
  #closed: { readonly failure: { readonly error: unknown } | undefined } | undefined;
  #isRefused = false;

  give(piece: Uint8Array): Promise<void> {
    if (this.#isRefused) return Promise.reject(cancelled());
    this.#piece = piece;
    this.#taken = Promise.withResolvers();
    this.#given?.();
    return this.#taken.promise;
  }

  close(failure: { readonly error: unknown } | undefined): void {
    this.#closed = { failure };
    this.#given?.();
  }

  async take(): Promise<Uint8Array | undefined> {
    while (this.#piece === undefined) {
      if (this.#closed?.failure !== undefined) throw this.#closed.failure.error;
      if (this.#closed !== undefined) return undefined;
      await new Promise<void>((resolve) => {
        this.#given = resolve;
      });
    }
    const piece = this.#piece;
    this.#piece = undefined;
    this.#taken?.resolve();
    return piece;
  }

  /** Nobody will take any more. */
  refuse(): void {
    this.#isRefused = true;
    this.#taken?.reject(cancelled());
  }
}
