import { invalidArgument } from "#errors";

/** No Dockerfile that a person or a generator wrote comes near. */
export const MAX_DOCKERFILE_SIZE = 8 * 1024 * 1024;
const MAX_LINE_SIZE = 65535;
const BYTE_ORDER_MARK = "\ufeff";

export interface PhysicalLine {
  readonly number: number;
  /** With its line ending, as a heredoc keeps it. */
  readonly raw: string;
  /** Without line ending: `\n` or `\r\n`. */
  readonly text: string;
}

/** Physical lines in order, each read once. */
export class LineReader {
  readonly #text: string;
  #position: number;
  #number = 0;

  constructor(text: string) {
    if (text.length > MAX_DOCKERFILE_SIZE) {
      throw invalidArgument(`cannot read Dockerfile: ${text.length} characters, expected at most ${MAX_DOCKERFILE_SIZE}`);
    }
    this.#text = text;
    this.#position = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  }

  /** The number of the line read last, 0 before the first. */
  get number(): number {
    return this.#number;
  }

  next(): PhysicalLine | undefined {
    if (this.#position >= this.#text.length) return undefined;
    const newline = this.#text.indexOf("\n", this.#position);
    const end = newline === -1 ? this.#text.length : newline + 1;
    const raw = this.#text.slice(this.#position, end);
    this.#position = end;
    this.#number += 1;
    checkLength(newline === -1 ? raw : raw.slice(0, -1));
    return { number: this.#number, raw, text: withoutLineEnding(raw) };
  }
}

function checkLength(line: string): void {
  // A UTF-16 unit is at most three bytes, so most lines need no count.
  if (line.length * 3 > MAX_LINE_SIZE && Buffer.byteLength(line) > MAX_LINE_SIZE) {
    throw invalidArgument(`dockerfile line greater than max allowed size of ${MAX_LINE_SIZE}`);
  }
}

function withoutLineEnding(raw: string): string {
  let end = raw.length;
  while (end > 0 && (raw.charAt(end - 1) === "\n" || raw.charAt(end - 1) === "\r")) end -= 1;
  return raw.slice(0, end);
}
