import { EngineError } from "#errors";
import type { ProgressJson } from "#wire";
import { streamedFailure } from "./failures.ts";
import { isObject } from "./session.ts";
import type { HttpResponse } from "./transport.ts";

/** A tar ends with two blocks of zeros (POSIX.1-1988, ustar). */
const END_OF_ARCHIVE = 1024;

/** Longer than any message an engine appends. */
const REMEMBERED = 16 * 1024;

/**
 * An archive as it comes. An engine that fails half-way appends an error to the tar and ends the answer as if all
 * were well; so the end is looked at, and a stream that does not
 * end like a tar throws what the engine said instead of ending.
 */
export async function* readArchive(response: HttpResponse): AsyncGenerator<Uint8Array> {
  const tail = new Tail();
  try {
    for await (const chunk of response.body) {
      tail.push(chunk);
      yield chunk;
    }
  } finally {
    response.close();
  }
  const end = tail.bytes();
  if (end.byteLength >= END_OF_ARCHIVE && end.subarray(-END_OF_ARCHIVE).every((byte) => byte === 0)) return;
  throw appendedError(end) ?? new EngineError("data-loss", "cannot save: the archive that the engine sent is not whole");
}

/** The last bytes of a stream. Copied, since whoever gets a chunk may do with it as he likes; into one place, as it is for every chunk. */
class Tail {
  readonly #buffer = new Uint8Array(REMEMBERED);
  #size = 0;

  push(chunk: Uint8Array): void {
    const added = chunk.subarray(Math.max(0, chunk.byteLength - REMEMBERED));
    const kept = Math.min(this.#size, REMEMBERED - added.byteLength);
    this.#buffer.copyWithin(0, this.#size - kept, this.#size);
    this.#buffer.set(added, kept);
    this.#size = kept + added.byteLength;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }
}

function appendedError(tail: Uint8Array): EngineError | undefined {
  const text = new TextDecoder().decode(tail);
  const start = text.lastIndexOf('{"errorDetail":');
  if (start === -1) return undefined;
  const message = messageOf(text.slice(start));
  return message === undefined ? undefined : streamedFailure({ message });
}

function messageOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const detail = isObject<ProgressJson>(value) ? value.errorDetail : undefined;
    return typeof detail?.message === "string" ? detail.message : undefined;
  } catch {
    return undefined;
  }
}
