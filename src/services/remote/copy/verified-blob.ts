import { dataLoss } from "#errors";
import { algorithmOf, createDigester } from "#oci";
import type { Descriptor, Digester } from "#oci";
import type { BlobSource, FetchedBlob } from "#registry";

/** The digest so far is kept this often, in bytes, and so many times: an upload is taken up again near where it broke. */
const KEEP_EVERY = 1024 * 1024;
const MAX_KEPT = 64;

interface Kept {
  readonly offset: number;
  readonly digester: Digester;
}

/** From an offset to the blob's end. */
export type FetchFrom = (offset: number) => Promise<Pick<FetchedBlob, "stream">>;

/**
 * A blob on its way from one registry to another, hashed as it passes. Its last bytes are given out only when all of them
 * make the digest, so that an upload of wrong bytes can never be completed. A receiver that begins again in the middle gets
 * the rest with the digest taken up where it was kept, which may take reading a little again.
 */
export function verifiedBlob({ digest, size }: Descriptor, fetch: FetchFrom): BlobSource {
  const beginning: Kept = { offset: 0, digester: createDigester(algorithmOf(digest)) };
  let kept: readonly Kept[] = [];

  function keep(offset: number, digester: Digester): void {
    if (offset - (kept.at(-1) ?? beginning).offset < KEEP_EVERY) return;
    kept = [...kept.slice(1 - MAX_KEPT), { offset, digester: digester.fork() }];
  }

  return async function* from(offset) {
    kept = kept.filter((one) => one.offset <= offset);
    const start = kept.at(-1) ?? beginning;
    const digester = start.digester.fork();
    let at = start.offset;
    for await (const chunk of (await fetch(at)).stream) {
      digester.update(chunk);
      const skip = Math.max(0, offset - at);
      at += chunk.byteLength;
      if (at < size) keep(at, digester);
      else if (digester.digest() !== digest) throw dataLoss(`the bytes that came are not those of ${digest}`);
      if (skip < chunk.byteLength) yield skip === 0 ? chunk : chunk.subarray(skip);
    }
  };
}
