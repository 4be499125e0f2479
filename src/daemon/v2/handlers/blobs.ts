import { parseRepository, registryError } from "#distribution";
import { parseRange } from "../byte-range.ts";
import type { RegistryCall } from "../registry-call.ts";
import { emptyReply } from "../reply.ts";
import type { Reply } from "../reply.ts";
import { readDigest } from "./digests.ts";

/** A blob never changes, and its name says so. */
const FOR_EVER = "max-age=31536000, immutable";

export async function getBlob({ distribution, name, item, headers, isHead }: RegistryCall): Promise<Reply> {
  parseRepository(name);
  const digest = readDigest(item);
  // Whoever asks only whether it is there is about to push a manifest that names it.
  if (isHead) distribution.claimBlob(digest);
  const blob = await distribution.openBlob(digest);
  const facts = {
    "Content-Type": "application/octet-stream",
    "Docker-Content-Digest": digest,
    "Accept-Ranges": "bytes",
    "Cache-Control": FOR_EVER,
    ETag: `"${digest}"`,
  };
  const { size } = blob;
  const range = headers["if-range"] === undefined || headers["if-range"] === facts.ETag ? parseRange(headers.range, size) : undefined;
  const isKnown = headers["if-none-match"] === facts.ETag;
  if (isKnown || range === "unsatisfiable") {
    await blob[Symbol.asyncDispose]();
    return isKnown ? emptyReply(304, facts) : emptyReply(416, { ...facts, "Content-Range": `bytes */${size}` });
  }
  if (range === undefined) return { status: 200, headers: facts, body: { blob, start: 0, end: size } };
  const { start, end } = range;
  return { status: 206, headers: { ...facts, "Content-Range": `bytes ${start}-${end - 1}/${size}` }, body: { blob, start, end } };
}

export async function removeBlob({ distribution, allowRemoval, name, item }: RegistryCall): Promise<Reply> {
  parseRepository(name);
  const digest = readDigest(item);
  if (!allowRemoval) throw removalForbidden();
  await distribution.removeBlob(digest);
  return emptyReply(202, { "Docker-Content-Digest": digest });
}

export function removalForbidden(): Error {
  return registryError("UNSUPPORTED", "deleting is not allowed here; start the engine with --registry-delete to allow it");
}
