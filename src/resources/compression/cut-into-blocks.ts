import type { CompressionFormat } from "./format.ts";

/** A tar that is read once, front to back. */
export interface TarSource extends AsyncDisposable {
  /** Writes what comes next to the beginning of `into`, and resolves with how many bytes that is: none only at the end. */
  read(into: Uint8Array): Promise<number>;
}

/** A part of the tar, and as much of what comes before it as the format looks back at. */
export interface Block {
  readonly bytes: Buffer;
  readonly window: Buffer;
  readonly isLast: boolean;
  /** What both lie in. */
  readonly buffer: Buffer;
}

/**
 * The bytes in blocks of the format's size, however they come. The last one is shorter, and empty only when there is
 * nothing at all. It comes when the source has said that nothing follows, and not when the source fails instead.
 *
 * @param reuse gives the buffer of an earlier block of the same format that nobody needs any more, if there is one.
 */
export async function* cutIntoBlocks(
  source: Pick<TarSource, "read">,
  { blockSize, windowSize }: CompressionFormat,
  reuse: () => Buffer | undefined,
): AsyncGenerator<Block, void, undefined> {
  const newBuffer = (): Buffer => reuse() ?? Buffer.allocUnsafeSlow(windowSize + blockSize);
  let buffer = newBuffer();
  let window = windowSize;
  let end = windowSize;
  const block = (isLast: boolean): Block => ({
    bytes: buffer.subarray(windowSize, end),
    window: buffer.subarray(window, windowSize),
    isLast,
    buffer,
  });
  for (;;) {
    const isFull = end === buffer.byteLength;
    const next = isFull ? newBuffer() : buffer;
    const size = await source.read(next.subarray(isFull ? windowSize : end));
    if (size === 0) break;
    if (isFull) {
      next.set(buffer.subarray(blockSize));
      yield block(false);
      buffer = next;
      window = 0;
      end = windowSize;
    }
    end += size;
  }
  yield block(true);
}
