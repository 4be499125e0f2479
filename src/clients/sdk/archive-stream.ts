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
  let tail: Uint8Array = new Uint8Array(0);
  try {
    for await (const chunk of response.body) {
      tail = lastBytes(tail, chunk);
      yield chunk;
    }
  } finally {
    response.close();
  }
  if (tail.byteLength >= END_OF_ARCHIVE && tail.subarray(-END_OF_ARCHIVE).every((byte) => byte === 0)) return;
  throw appendedError(tail) ?? new EngineError("data-loss", "cannot save: the archive that the engine sent is not whole");
}

/** A copy, since whoever gets a chunk may do with it as he likes. Small for the usual large chunk. */
function lastBytes(tail: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (chunk.byteLength >= REMEMBERED) return chunk.slice(-REMEMBERED);
  const kept = tail.subarray(Math.max(0, tail.byteLength + chunk.byteLength - REMEMBERED));
  const joined = new Uint8Array(kept.byteLength + chunk.byteLength);
  joined.set(kept);
  joined.set(chunk, kept.byteLength);
  return joined;
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
