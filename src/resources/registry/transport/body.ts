import type { Readable } from "node:stream";

/** Reads at most `limit` bytes; `undefined` when there are more. */
export async function readWhole(body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The beginning of a body, for an error message. A body that breaks has said what it has said. */
export async function readBeginning(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= limit) break;
    }
  } catch {
    // The status is the answer; this was only its explanation.
  }
  return new TextDecoder().decode(Buffer.concat(chunks, size).subarray(0, limit));
}

export class StalledError extends Error {
  override readonly name = "StalledError";
}

/** Slower than this for the whole of the idle time is as good as silence. */
const MIN_BYTES_PER_SECOND = 64;

/**
 * The chunks of a body, which has to keep coming: a window of `idleMs` of our waiting with less than a trickle in it ends with
 * `StalledError`. Time that the receiver takes is not counted. Leaving early closes the connection.
 */
export async function* flowing(body: Readable, idleMs: number): AsyncGenerator<Uint8Array, void, undefined> {
  let waited = 0;
  let bytes = 0;
  let waitingSince: number | undefined = performance.now();
  const least = (idleMs / 1000) * MIN_BYTES_PER_SECOND;
  const watch = setInterval(() => {
    const pending = waitingSince === undefined ? 0 : performance.now() - waitingSince;
    if (waited + pending < idleMs) return;
    if (bytes < least) body.destroy(new StalledError(`no data for ${Math.round(idleMs / 1000)} seconds`));
    waited = -pending;
    bytes = 0;
  }, idleMs / 4);
  watch.unref();
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      if (waitingSince !== undefined) waited += performance.now() - waitingSince;
      waitingSince = undefined;
      bytes += chunk.byteLength;
      yield chunk;
      waitingSince = performance.now();
    }
  } finally {
    clearInterval(watch);
    body.destroy();
  }
}
