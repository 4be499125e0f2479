import type { CompressionFormat } from "./format.ts";

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
 * nothing at all.
 *
 * @param reuse gives the buffer of an earlier block of the same format that nobody needs any more, if there is one.
 */
export async function* cutIntoBlocks(
  source: AsyncIterable<Uint8Array>,
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
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.byteLength;) {
      // Full, and not the last: there is more.
      if (end === buffer.byteLength) {
        const next = newBuffer();
        next.set(buffer.subarray(blockSize));
        yield block(false);
        buffer = next;
        window = 0;
        end = windowSize;
      }
      const part = chunk.subarray(taken, taken + buffer.byteLength - end);
      buffer.set(part, end);
      end += part.byteLength;
      taken += part.byteLength;
    }
  }
  yield block(true);
}
