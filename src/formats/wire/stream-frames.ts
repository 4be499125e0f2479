import { dataLoss } from "#errors";

/** What a frame is of; `error` is a message of the engine's own. */
export type FrameStream = "stdin" | "stdout" | "stderr" | "error";

/** A piece of one stream; a frame that comes in several pieces is several of these. */
export interface StreamPiece {
  readonly stream: FrameStream;
  readonly bytes: Uint8Array;
}

const HEADER = 8;
const STREAMS: readonly FrameStream[] = ["stdin", "stdout", "stderr", "error"];
/** Of the length field; nobody's chunks come near it. */
const MAX_PAYLOAD = 0xffff_ffff;

/** One frame of the streams of `attach`, `logs` and `exec`: the stream, three zeros, the length in big endian, the bytes. */
export function encodeFrame({ stream, bytes }: StreamPiece): Uint8Array {
  if (bytes.length > MAX_PAYLOAD) throw new RangeError(`a frame holds up to ${MAX_PAYLOAD} bytes, not ${bytes.length}`);
  const frame = new Uint8Array(HEADER + bytes.length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, STREAMS.indexOf(stream));
  view.setUint32(4, bytes.length);
  frame.set(bytes, HEADER);
  return frame;
}

/** A frame for each of several texts, in one piece. */
export function encodeTextFrames(texts: readonly { readonly stream: FrameStream; readonly text: string }[]): Uint8Array {
  const sizes = texts.map(({ text }) => Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + HEADER + size, 0));
  let at = 0;
  for (const [index, { stream, text }] of texts.entries()) {
    const size = sizes[index] ?? 0;
    frames.writeUInt32BE(STREAMS.indexOf(stream) * 0x100_0000, at);
    frames.writeUInt32BE(size, at + 4);
    at += HEADER + frames.write(text, at + HEADER);
  }
  return frames;
}

/**
 * Frames however their bytes are cut. Payloads pass as they come, so that a frame may be of any size; empty ones are
 * nothing.
 *
 * @throws data-loss for what is no header, and for a stream that ends inside a frame.
 */
export async function* decodeFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamPiece, void, undefined> {
  const decoder = new FrameDecoder();
  for await (const chunk of chunks) yield* decoder.push(chunk);
  decoder.end();
}

class FrameDecoder {
  readonly #header = new Uint8Array(HEADER);
  #headerSize = 0;
  #stream: FrameStream = "stdin";
  #missing = 0;

  *push(chunk: Uint8Array): Generator<StreamPiece, void, undefined> {
    for (let at = 0; at < chunk.length;) {
      if (this.#missing === 0) {
        this.#addToHeader(chunk[at] ?? 0);
        at += 1;
        continue;
      }
      const bytes = chunk.subarray(at, at + this.#missing);
      this.#missing -= bytes.length;
      at += bytes.length;
      yield { stream: this.#stream, bytes };
    }
  }

  end(): void {
    if (this.#missing > 0 || this.#headerSize > 0) throw broken("it ended inside a frame");
  }

  #addToHeader(byte: number): void {
    this.#header[this.#headerSize] = byte;
    this.#headerSize += 1;
    if (this.#headerSize < HEADER) return;
    this.#headerSize = 0;
    const [type = 0, ...zeros] = this.#header.subarray(0, 4);
    const stream = STREAMS[type];
    if (stream === undefined || zeros.some((zero) => zero !== 0)) throw broken("what comes is no frame; of a terminal there are none");
    this.#stream = stream;
    this.#missing = new DataView(this.#header.buffer).getUint32(4);
  }
}

function broken(reason: string): Error {
  return dataLoss(`cannot read the stream: ${reason}`);
}
