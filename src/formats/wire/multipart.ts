import { invalidArgument } from "#errors";

/** One part of a form that is read while it comes: its body has to be read, or left, before the next part is asked for. */
export interface FormPart {
  readonly name: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Of one part. */
const MAX_HEAD_SIZE = 16 * 1024;
const HEAD_END = "\r\n\r\n";

/** The boundary of a `multipart/form-data` body; undefined for bodies of another type. @throws invalid-argument without a boundary. */
export function formBoundary(contentType: string | undefined): string | undefined {
  const [type = ""] = (contentType ?? "").split(";");
  if (type.trim().toLowerCase() !== "multipart/form-data") return undefined;
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^\s;]+))/i.exec(contentType ?? "") ?? [];
  const boundary = quoted ?? plain ?? "";
  if (boundary === "" || boundary.length > 70) throw unreadable("its type has no boundary of 1 to 70 characters");
  return boundary;
}

/**
 * Takes a form apart (RFC 7578, RFC 2046 5.1) without holding more of it than a chunk.
 *
 * @throws invalid-argument for what is no form, and for one that stops in the middle.
 */
export async function* decodeForm(body: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<FormPart> {
  const delimiter = `\r\n--${boundary}`;
  const source = new Source(body);
  try {
    // The first delimiter may stand at the very beginning.
    source.unread("\r\n");
    await drain(source.until(delimiter));
    for (let mark = await source.take(2); mark !== "--"; mark = await source.take(2)) {
      if (mark !== "\r\n") throw unreadable("a boundary is followed by something else than a line end");
      const name = nameIn(await source.head());
      const part = source.until(delimiter);
      yield { name, body: part };
      await drain(part);
    }
  } finally {
    await source.close();
  }
}

/** What `decodeForm` reads. The boundary must not stand in any of the bodies: a random one of some length does not. */
export async function* encodeForm(parts: Iterable<FormPart>, boundary: string): AsyncGenerator<Uint8Array> {
  for (const { name, body } of parts) {
    yield Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name.replaceAll('"', "%22")}"${HEAD_END}`);
    yield* body;
    yield Buffer.from("\r\n");
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

/** Bytes that are looked at before they are taken. */
class Source {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  unread(text: string): void {
    this.#held = Buffer.concat([Buffer.from(text, "latin1"), this.#held]);
  }

  async take(size: number): Promise<string> {
    while (this.#held.byteLength < size) await this.#more();
    const taken = this.#held.toString("latin1", 0, size);
    this.#held = this.#held.subarray(size);
    return taken;
  }

  /** All headers of a part, with the empty line behind them taken. */
  async head(): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf(HEAD_END, 0, "latin1");
      if ((at === -1 ? this.#held.byteLength : at) > MAX_HEAD_SIZE) {
        throw unreadable(`the headers of a part are larger than ${MAX_HEAD_SIZE} bytes`);
      }
      if (at === -1) await this.#more();
      else {
        const head = this.#held.toString("utf8", 0, at);
        this.#held = this.#held.subarray(at + HEAD_END.length);
        return head;
      }
    }
  }

  /** Everything before the delimiter, which is gone then, too. */
  async *until(delimiter: string): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(delimiter, 0, "latin1");
      if (at !== -1) {
        const last = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + delimiter.length);
        if (last.byteLength > 0) yield last;
        return;
      }
      // The delimiter may have begun in what is held.
      const sure = this.#held.byteLength - delimiter.length + 1;
      if (sure > 0) {
        const bytes = this.#held.subarray(0, sure);
        this.#held = this.#held.subarray(sure);
        yield bytes;
      }
      await this.#more();
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw unreadable("it ends in the middle of a part");
    this.#held = this.#held.byteLength === 0 ? Buffer.from(next.value) : Buffer.concat([this.#held, next.value]);
  }
}

/** Browsers and curl escape quotes in names as `%22` or with a backslash. */
function nameIn(head: string): string {
  const [, quoted] = /^content-disposition:[ \t]*form-data\b[^\r\n]*?[; \t]name="((?:[^"\\\r\n]|\\.)*)"/im.exec(head) ?? [];
  if (quoted === undefined) throw unreadable('a part has no header Content-Disposition: form-data; name="…"');
  return quoted
    .replace(/\\(.)/g, "$1")
    .replaceAll("%22", '"')
    .replace(/%0d|%0a/gi, "");
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}

function unreadable(reason: string): Error {
  return invalidArgument(`cannot read the form: ${reason}`);
}
