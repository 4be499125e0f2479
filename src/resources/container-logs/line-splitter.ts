const NEWLINE = 0x0a;

/** Longer lines are logged in pieces of so many bytes, as Docker logs them. */
const MAX_LINE = 16 * 1024;

/** Cuts one stream of output into lines, however its bytes come. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** Lines that are complete now, with their ends, and pieces of one that has become too long. */
  *push(bytes: Uint8Array): Generator<string, void, undefined> {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    let end = all.indexOf(NEWLINE, this.#rest.length);
    for (; end !== -1; end = all.indexOf(NEWLINE, start)) {
      while (end - start >= MAX_LINE) start = yield* piece(all, start);
      yield all.toString("utf8", start, end + 1);
      start = end + 1;
    }
    while (all.length - start >= MAX_LINE) start = yield* piece(all, start);
    // Copied: the chunk belongs to whoever made it.
    this.#rest = Buffer.from(all.subarray(start));
  }

  /** The beginning of a line that is not complete yet. */
  get rest(): Buffer {
    return this.#rest;
  }

  /** What is left when the stream has ended: a line without its end. */
  end(): string | undefined {
    const rest = this.#rest.toString("utf8");
    this.#rest = Buffer.alloc(0);
    return rest === "" ? undefined : rest;
  }
}

function* piece(bytes: Buffer, start: number): Generator<string, number, undefined> {
  const end = characterStart(bytes, start + MAX_LINE);
  yield bytes.toString("utf8", start, end);
  return end;
}

/** No character is cut in two: one that reaches beyond `at` begins up to three bytes before it. */
function characterStart(bytes: Buffer, at: number): number {
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes[at - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return lengthOf(byte) > back ? at - back : at;
  }
  return at;
}

/** Of the character of UTF-8 that begins with this byte. */
function lengthOf(byte: number): number {
  if (byte < 0xc0) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}
