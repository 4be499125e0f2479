import { allOrAbort, EventQueue } from "#async";
import { internal } from "#errors";
import { isIndexType, isManifestType, MAX_MANIFEST_SIZE, parseManifest, parseReference, successors } from "#oci";
import type { Descriptor, Digest, Reference } from "#oci";
import type { CredentialSource, Repository } from "#registry";
import type { ImageDeps } from "../image-deps.ts";
import type { Cancellable } from "../images.ts";
import type { SavedImage } from "../save/plan-save.ts";
import { openStored, readStored } from "../stored-blob.ts";
import type { PushEvent } from "../types.ts";

/** Layers are reported this often at most, in bytes. */
const REPORT_EVERY = 512 * 1024;

export interface PushOrder {
  readonly reference: Reference;
  readonly tag: string;
  readonly image: SavedImage;
  readonly credentials: CredentialSource | undefined;
}

interface Upload {
  readonly deps: ImageDeps;
  readonly order: PushOrder;
  readonly repository: Repository;
  readonly queue: EventQueue<PushEvent>;
  readonly options: Cancellable;
}

/** Blobs first, then manifests from the leaves up; the tag comes last and makes it all visible. */
export async function* pushImage(deps: ImageDeps, order: PushOrder, options: Cancellable): AsyncGenerator<PushEvent> {
  using hold = deps.holds.take();
  const queue = new EventQueue<PushEvent>();
  const { credentials, reference, image, tag } = order;
  const repository = deps.registries.repository(reference, {
    ...(credentials !== undefined && { credentials }),
    onRetry: ({ digest, delay }) => {
      if (digest !== undefined) queue.put(layerEvent(deps, digest, { step: "retrying", seconds: Math.ceil(delay / 1000) }));
    },
  });
  const upload: Upload = { deps, order, repository, queue, options };
  const { blobs, manifests } = await collect(deps, image, (digest) => hold.add(digest));
  yield* queue.during(sendAll(upload, blobs));
  for (const { descriptor, bytes } of manifests) {
    const isRoot = descriptor.digest === image.root.digest;
    await repository.putManifest(bytes, descriptor.mediaType, isRoot ? tag : descriptor.digest, options);
  }
}

interface Outgoing {
  readonly blobs: readonly Descriptor[];
  /** Children before what contains them. */
  readonly manifests: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array }[];
}

async function collect(deps: ImageDeps, { root, authored }: SavedImage, hold: (digest: Digest) => void): Promise<Outgoing> {
  const blobs = new Map<Digest, Descriptor>();
  const manifests = new Map<Digest, { descriptor: Descriptor; bytes: Uint8Array }>();

  async function visit(descriptor: Descriptor): Promise<void> {
    const { digest, mediaType } = descriptor;
    if (manifests.has(digest)) return;
    hold(digest);
    const bytes = digest === root.digest && authored !== undefined ? authored : await readStored(deps, digest, MAX_MANIFEST_SIZE);
    const document = parseManifest(bytes, mediaType);
    for (const child of successors(document)) {
      if (isManifestType(child.mediaType) || isIndexType(child.mediaType)) {
        if (deps.metadata.blobs.find(child.digest) !== undefined) await visit(child);
      } else {
        hold(child.digest);
        blobs.set(child.digest, child);
      }
    }
    manifests.set(digest, { descriptor: { ...descriptor, mediaType: document.mediaType }, bytes });
  }

  await visit(root);
  return { blobs: [...blobs.values()], manifests: [...manifests.values()] };
}

async function sendAll(upload: Upload, blobs: readonly Descriptor[]): Promise<void> {
  for (const { digest } of blobs)
    if (isLayer(upload.deps, digest)) upload.queue.put(layerEvent(upload.deps, digest, { step: "preparing" }));
  const { deps, options } = upload;
  await allOrAbort(blobs, (blob, signal) => deps.registries.uploads(() => send({ ...upload, options: { signal } }, blob)), options.signal);
}

async function send({ deps, order, repository, queue, options }: Upload, blob: Descriptor): Promise<void> {
  const tell = (event: PushEvent): void => {
    // Configs and statements travel silently.
    if (isLayer(deps, blob.digest)) queue.put(event);
  };
  if (await repository.hasBlob(blob, options)) return tell(layerEvent(deps, blob.digest, { step: "exists" }));
  const from = otherRepository(deps, order.reference, blob.digest);
  if (from !== undefined && (await repository.mountBlob(blob.digest, from, options))) {
    return tell(layerEvent(deps, blob.digest, { step: "mounted", from }));
  }
  if (deps.metadata.blobs.find(blob.digest) === undefined) throw internal(`cannot push: content ${blob.digest} is not stored here`);
  let reported = 0;
  await repository.uploadBlob(blob, (offset) => readFrom(deps, blob.digest, offset), {
    ...options,
    onProgress: (current) => {
      if (current >= reported && current < blob.size && current - reported < REPORT_EVERY) return;
      reported = current;
      tell(layerEvent(deps, blob.digest, { step: "pushing", current, total: blob.size }));
    },
  });
  tell(layerEvent(deps, blob.digest, { step: "pushed" }));
}

async function* readFrom(deps: ImageDeps, digest: Digest, offset: number): AsyncGenerator<Uint8Array> {
  await using blob = await openStored(deps, digest);
  yield* blob.stream({ start: offset });
}

/** A repository of the same registry that is known to have the blob, because an image that has it came from or went there. */
function otherRepository({ catalog, metadata }: ImageDeps, reference: Reference, blob: Digest): string | undefined {
  for (const repository of catalog.repositories()) {
    if (repository === reference.repository || !repository.startsWith(`${reference.domain}/`)) continue;
    const isThere = catalog.namesIn(repository).some(({ name, target }) => name.includes("@") && metadata.blobs.reaches(target, blob));
    if (isThere) return parseReference(repository).path;
  }
  return undefined;
}

function isLayer({ metadata }: ImageDeps, digest: Digest): boolean {
  return metadata.blobs.findLayer(digest) !== undefined;
}

function layerEvent({ metadata }: ImageDeps, digest: Digest, state: Extract<PushEvent, { type: "layer" }>["state"]): PushEvent {
  return { type: "layer", diffId: metadata.blobs.findLayer(digest)?.diffId ?? digest, state };
}
