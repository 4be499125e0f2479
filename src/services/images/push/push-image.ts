import { allOrAbort, EventQueue } from "#async";
import { isIndexType, isManifestType, MAX_MANIFEST_SIZE, parseManifest, successors } from "#oci";
import type { Descriptor, Digest, ImageManifest, Reference } from "#oci";
import type { CredentialSource } from "#registry";
import type { ImageDeps } from "../image-deps.ts";
import type { Cancellable } from "../images.ts";
import type { SavedImage } from "../save/plan-save.ts";
import { readStored } from "../stored-blob.ts";
import type { PushEvent } from "../types.ts";
import { publishedManifest } from "../write-manifest.ts";
import type { WrittenManifest } from "../write-manifest.ts";
import { isPlain, unpublishedManifest } from "./unpublished-manifest.ts";
import { sendCompressed, sendStored, tell } from "./send-blob.ts";
import type { Shipment } from "./send-blob.ts";

export interface PushOrder {
  readonly reference: Reference;
  readonly tag: string;
  readonly image: SavedImage;
  readonly credentials: CredentialSource | undefined;
}

/**
 * Blobs first, then manifests from the leaves up; the tag comes last and makes it all visible. Returns what the tag
 * stands for now, which is not stored here when the layers were compressed on their way.
 */
export async function* pushImage(deps: ImageDeps, order: PushOrder, options: Cancellable): AsyncGenerator<PushEvent, Descriptor> {
  using hold = deps.holds.take();
  const queue = new EventQueue<PushEvent>();
  const { credentials, reference, image, tag } = order;
  const repository = deps.registries.repository(reference, {
    ...(credentials !== undefined && { credentials }),
    onRetry: ({ digest, delay }) => {
      if (digest !== undefined) tell({ deps, queue }, digest, { step: "retrying", seconds: Math.ceil(delay / 1000) });
    },
  });
  const shipment: Shipment = { deps, reference, repository, queue, options };
  const { blobs, manifests } = await collect(deps, image, (digest) => hold.add(digest));
  const unpublished = await unpublishedManifest(deps, image);
  const sent = yield* queue.during(sendAll(shipment, blobs, unpublished !== undefined));
  const outgoing = unpublished === undefined ? manifests : [publish(unpublished, sent)];
  for (const [index, { descriptor, bytes }] of outgoing.entries()) {
    const isRoot = index === outgoing.length - 1;
    await repository.putManifest(bytes, descriptor.mediaType, isRoot ? tag : descriptor.digest, options);
  }
  return outgoing.at(-1)?.descriptor ?? image.root;
}

interface Outgoing {
  readonly blobs: readonly Descriptor[];
  /** Children before what contains them: the root comes last. */
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

/** What the registry has afterwards, by the digest of what is stored here. */
async function sendAll(shipment: Shipment, blobs: readonly Descriptor[], compressed: boolean): Promise<Map<Digest, Descriptor>> {
  const { deps, options } = shipment;
  const sent = new Map<Digest, Descriptor>();
  for (const { digest } of blobs) tell(shipment, digest, { step: "preparing" });
  async function send(blob: Descriptor, signal: AbortSignal): Promise<void> {
    const own = { ...shipment, options: { signal } };
    if (compressed && isPlain(deps, blob)) sent.set(blob.digest, await sendCompressed(own, blob));
    else await sendStored(own, blob);
  }
  await allOrAbort(blobs, (blob, signal) => deps.registries.uploads(() => send(blob, signal)), options.signal);
  return sent;
}

function publish({ config, layers }: ImageManifest, sent: ReadonlyMap<Digest, Descriptor>): WrittenManifest {
  return publishedManifest(
    config,
    layers.map((layer) => sent.get(layer.digest) ?? layer),
  );
}
