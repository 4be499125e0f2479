import { encodeTarHeader, tarEnd, tarPadding } from "#archive";
import { throwIfAborted } from "#errors";
import type { Digest } from "#oci";
import { publishImageEvent } from "../image-events.ts";
import type { ImageDeps } from "../image-deps.ts";
import type { Cancellable } from "../images.ts";
import { readConfig } from "../select-manifest.ts";
import { openStored } from "../stored-blob.ts";
import type { StoredBlob } from "../stored-blob.ts";
import type { SaveRequest } from "../types.ts";
import { blobPath, indexJson, manifestJson, OCI_LAYOUT, repositoriesJson } from "./archive-documents.ts";
import { planSave } from "./plan-save.ts";
import type { SavedImage } from "./plan-save.ts";

/** Small members are gathered into chunks of at least this size. */
const CHUNK_SIZE = 64 * 1024;

/** One tar that is both a `docker save` archive and an OCI layout, with the stored blobs as they are; always the same bytes. */
export async function saveImages(deps: ImageDeps, request: SaveRequest, options: Cancellable = {}): Promise<AsyncIterable<Uint8Array>> {
  using hold = deps.holds.take();
  const images = await planSave(deps, request, hold);
  return gather(writeArchive(deps, images, options), CHUNK_SIZE);
}

async function* writeArchive(deps: ImageDeps, images: readonly SavedImage[], { signal }: Cancellable): AsyncGenerator<Uint8Array> {
  using hold = deps.holds.take();
  const authored = new Map<Digest, Uint8Array>();
  const needed = new Set<Digest>();
  for (const { root, authored: bytes } of images) {
    if (bytes !== undefined) authored.set(root.digest, bytes);
    for (const { digest } of closureOf(deps, root.digest, bytes)) needed.add(digest);
  }
  for (const digest of needed) hold.add(digest);
  yield directory("blobs/");
  yield directory("blobs/sha256/");
  for (const digest of [...authored.keys(), ...needed].sort()) {
    throwIfAborted(signal);
    const bytes = authored.get(digest);
    if (bytes !== undefined) yield* document(blobPath(digest), bytes);
    else {
      await using stored = await openStored(deps, digest);
      yield* blob(blobPath(digest), stored, signal);
    }
  }
  yield* document("index.json", Buffer.from(indexJson(images)));
  yield* document("manifest.json", Buffer.from(manifestJson(images)));
  yield* document("oci-layout", Buffer.from(OCI_LAYOUT));
  const repositories = repositoriesJson(images, (image) => image.docker && readConfig(deps, image.docker.config).diffIds.at(-1));
  if (repositories !== undefined) yield* document("repositories", Buffer.from(repositories));
  yield tarEnd();
  for (const { id } of images) publishImageEvent(deps, "save", id, id);
}

function closureOf({ metadata }: ImageDeps, root: Digest, authored: Uint8Array | undefined): { digest: Digest }[] {
  if (authored === undefined) return metadata.blobs.closure(root);
  const { manifests } = JSON.parse(Buffer.from(authored).toString("utf8")) as { manifests: { digest: Digest }[] };
  return manifests.flatMap(({ digest }) => metadata.blobs.closure(digest));
}

function directory(path: string): Uint8Array {
  return encodeTarHeader({ path, type: "directory", mode: 0o755, size: 0 });
}

function* document(path: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield encodeTarHeader({ path, type: "file", mode: 0o644, size: bytes.byteLength });
  yield bytes;
  yield tarPadding(bytes.byteLength);
}

async function* blob(path: string, stored: StoredBlob, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  yield encodeTarHeader({ path, type: "file", mode: 0o644, size: stored.size });
  yield* stored.stream(signal === undefined ? {} : { signal });
  yield tarPadding(stored.size);
}

/** Joins small chunks and passes large ones through as they are. */
async function* gather(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.byteLength;
    if (length < size) continue;
    if (waiting.length === 1 || chunk.byteLength >= size) {
      const before = waiting.slice(0, -1);
      if (before.length > 0) yield Buffer.concat(before);
      yield chunk;
    } else yield Buffer.concat(waiting);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(waiting);
}
