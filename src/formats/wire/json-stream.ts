import { dataLoss } from "#errors";
import type { ProgressJson } from "./shapes/index.ts";

const DEFAULT_MAX_OBJECT_SIZE = 16 * 1024 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Between objects: white space, and the byte that begins each record of RFC 7464 (`application/json-seq`). */
const SEPARATORS = new Set([0x20, 0x09, 0x0a, 0x0d, 0x1e]);
const ESCAPES: ReadonlyMap<string, string> = new Map(
  ["<", ">", "&", "\u2028", "\u2029"].map((character) => [character, `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`]),
);

/** One line of a progress stream, ended by CRLF: members in Docker's order, empty ones left out, `<>&` escaped as Go does. */
export function encodeProgress({ stream, status, progressDetail, progress, id, errorDetail, error, aux }: ProgressJson): string {
  const message = {
    stream: orAbsent(stream),
    status: orAbsent(status),
    progressDetail,
    progress: orAbsent(progress),
    id: orAbsent(id),
    errorDetail,
    error: orAbsent(error),
    aux,
  };
  return `${JSON.stringify(message).replace(/[<>&\u2028\u2029]/g, (character) => ESCAPES.get(character) ?? character)}\r\n`;
}

/**
 * The objects of a stream, however its bytes are cut: one per line, several in a line, or one in many lines.
 *
 * @param maxObjectSize in bytes.
 * @throws data-loss when what comes is not a sequence of whole objects. That they are of type `T` is the peer's promise.
 */
export async function* decodeJsonStream<T>(
  chunks: AsyncIterable<Uint8Array>,
  { maxObjectSize = DEFAULT_MAX_OBJECT_SIZE }: { maxObjectSize?: number } = {},
): AsyncGenerator<T, void, undefined> {
  const splitter = new ObjectSplitter<T>(maxObjectSize);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  splitter.end();
}

class ObjectSplitter<T> {
  readonly #maxObjectSize: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Text of the object so far; a character cut in two waits in the decoder. */
  #text = "";
  #size = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  constructor(maxObjectSize: number) {
    this.#maxObjectSize = maxObjectSize;
  }

  *push(chunk: Uint8Array): Generator<T, void, undefined> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#depth === 0) {
        if (SEPARATORS.has(byte)) continue;
        if (byte !== OPEN_BRACE) throw broken(`expected an object, found byte 0x${byte.toString(16).padStart(2, "0")}`);
        start = at;
        this.#depth = 1;
      } else if (this.#ends(byte)) {
        this.#add(chunk.subarray(start, at + 1));
        yield this.#take();
      }
    }
    if (this.#depth > 0) this.#add(chunk.subarray(start));
  }

  end(): void {
    if (this.#depth > 0) throw broken("it ended inside an object");
  }

  /** Follows the text just closely enough to see where the object ends. */
  #ends(byte: number): boolean {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#isInString = false;
      return false;
    }
    if (byte === QUOTE) this.#isInString = true;
    else if (byte === OPEN_BRACE) this.#depth++;
    else if (byte === CLOSE_BRACE) this.#depth--;
    return this.#depth === 0;
  }

  #add(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > this.#maxObjectSize) throw broken(`an object is larger than ${this.#maxObjectSize} bytes`);
    this.#text += this.#decoder.decode(bytes, { stream: true });
  }

  #take(): T {
    const text = this.#text;
    this.#text = "";
    this.#size = 0;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw broken(cause instanceof Error ? cause.message : String(cause), cause);
    }
  }
}

function orAbsent(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function broken(reason: string, cause?: unknown): Error {
  return dataLoss(`cannot read the stream: ${reason}`, { cause });
}
