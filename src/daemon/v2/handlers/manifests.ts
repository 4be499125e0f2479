import { isTag, parseManifestReference, parseRepository, registryError } from "#distribution";
import type { ManifestReference, Tag } from "#distribution";
import { MAX_MANIFEST_SIZE } from "#oci";
import type { QueryParameters } from "#wire";
import { encodePath } from "../../api/index.ts";
import type { RegistryCall } from "../registry-call.ts";
import { emptyReply } from "../reply.ts";
import type { Reply } from "../reply.ts";
import { removalForbidden } from "./blobs.ts";

const MAX_TAGS = 100;

export async function getManifest({ distribution, name, item, headers, isHead }: RegistryCall): Promise<Reply> {
  const reference = parseManifestReference(item);
  if (reference === undefined) throw registryError("MANIFEST_UNKNOWN", "manifest unknown", [{ reference: item }]);
  const { mediaType, digest, size } = await distribution.findManifest(parseRepository(name), reference);
  const facts = { "Docker-Content-Digest": digest, ETag: `"${digest}"` };
  if (headers["if-none-match"] === facts.ETag) return emptyReply(304, facts);
  const described = { ...facts, "Content-Type": mediaType, "Content-Length": String(size) };
  return { status: 200, headers: described, body: isHead ? undefined : await distribution.readManifest(digest) };
}

export async function putManifest({ distribution, name, item, query, headers, body }: RegistryCall): Promise<Reply> {
  const repository = parseRepository(name);
  const reference = readReference(item);
  const tags = readTags(query);
  const mediaType = (headers["content-type"] ?? "").split(";", 1)[0]?.trim() ?? "";
  const { descriptor, subject } = await distribution.putManifest(repository, reference, {
    bytes: await readDocument(body),
    mediaType,
    tags,
  });
  return emptyReply(201, {
    Location: encodePath(`/v2/${name}/manifests/${descriptor.digest}`),
    "Docker-Content-Digest": descriptor.digest,
    ...(subject !== undefined && { "OCI-Subject": subject }),
    ...(tags.length > 0 && { "OCI-Tag": tags }),
  });
}

export async function removeManifest({ distribution, allowRemoval, name, item }: RegistryCall): Promise<Reply> {
  const repository = parseRepository(name);
  const reference = readReference(item);
  if (!allowRemoval) throw removalForbidden();
  if (reference.kind === "tag") await distribution.removeTag(repository, reference.tag);
  else await distribution.removeManifest(repository, reference.digest);
  return emptyReply(202);
}

function readReference(text: string): ManifestReference {
  const reference = parseManifestReference(text);
  if (reference !== undefined) return reference;
  if (text.includes(":")) throw registryError("DIGEST_INVALID", "invalid digest", [{ digest: text }]);
  throw registryError("TAG_INVALID", "invalid tag", [{ tag: text }]);
}

/** `?tag=a&tag=b` beside a digest. */
function readTags(query: QueryParameters): readonly Tag[] {
  const texts = query.get("tag") ?? [];
  if (texts.length > MAX_TAGS) throw registryError("TAG_INVALID", `more than ${MAX_TAGS} tags at once`);
  return texts.map((text) => {
    if (!isTag(text)) throw registryError("TAG_INVALID", "invalid tag", [{ tag: text }]);
    return text;
  });
}

async function readDocument(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_MANIFEST_SIZE) throw registryError("SIZE_INVALID", `manifest is longer than ${MAX_MANIFEST_SIZE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
