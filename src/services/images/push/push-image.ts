import { allOrAbort, EventQueue } from "#async";
import { isForeignLayerType, isIndexType, isManifestType, MAX_MANIFEST_SIZE, parseImageConfig, parseManifest, successors } from "#oci";
import type { Descriptor, DiffId, Digest, ImageId, ImageManifest, Reference } from "#oci";
import { lacksBlob } from "#registry";
import type { CredentialSource } from "#registry";
import type { ImageDeps } from "../image-deps.ts";
import type { Cancellable } from "../images.ts";
import { readStored } from "../stored-blob.ts";
import type { PushEvent } from "../types.ts";
import type { WrittenManifest } from "../write-manifest.ts";
import { isPlain, isUnpublished, publish } from "./publish.ts";
import type { OutgoingManifest } from "./publish.ts";
import { sendCompressed, sendStored, tell } from "./send-blob.ts";
import type { Shipment } from "./send-blob.ts";

export interface PushOrder {
  readonly reference: Reference;
  readonly tag: string;
  readonly id: ImageId;
  /** The index or manifest to be sent. */
  readonly root: Descriptor;
  /** What stands for the image here: the root, or the index that has it. */
  readonly target: Descriptor;
  readonly credentials: CredentialSource | undefined;
}

/**
 * Blobs first, then manifests from the leaves up; the tag comes last and makes it all visible. Where it stands for the
 * same already, no manifest is sent. What a registry has lost meanwhile, or mounted without having it, is sent once more.
 * Returns what the tag stands for now, which is not stored here when the layers were compressed on their way.
 */
export async function* pushImage(deps: ImageDeps, order: PushOrder, options: Cancellable): AsyncGenerator<PushEvent, Descriptor> {
  using hold = deps.holds.take();
  const queue = new EventQueue<PushEvent>();
  const { credentials, reference, id, root, tag } = order;
  const repository = deps.registries.repository(reference, {
    ...(credentials !== undefined && { credentials }),
    onRetry: ({ digest, seconds }) => {
      if (digest !== undefined) tell({ deps, queue }, digest, { step: "retrying", seconds });
    },
  });
  const shipment: Shipment = { deps, reference, repository, queue, mounts: true, options };
  const { blobs, foreign, manifests } = await collect(deps, root, (digest) => hold.add(digest));
  for (const step of ["preparing", "skipped"] as const) for (const diffId of foreign) yield { type: "layer", diffId, state: { step } };
  const isOurs = await isUnpublished(deps, order, manifests);
  const outgoing = (sent: ReadonlyMap<Digest, Descriptor>): readonly WrittenManifest[] => (isOurs ? publish(manifests, sent) : manifests);
  // Only what was sent there or came from there before can be there. The question goes beside those for the blobs.
  const wasThere = deps.catalog.namesOf(id).some((name) => name.startsWith(`${reference.repository}@`));
  let before: string | undefined;
  const ask = async (signal: AbortSignal): Promise<void> => void (before = await repository.findTag(tag, { signal }));
  const first = outgoing(yield* queue.during(sendAll(shipment, blobs, isOurs, wasThere ? [ask] : [])));
  const published = first.at(-1)?.descriptor ?? root;
  if (before === published.digest && (await hasAll(shipment, first.slice(0, -1)))) return published;
  try {
    await putAll(shipment, first, tag);
    return published;
  } catch (error) {
    if (!lacksBlob(error)) throw error;
  }
  // Something that it had, took or mounted is gone: what it lacks now is sent, and not mounted again.
  const again = outgoing(yield* queue.during(sendAll({ ...shipment, mounts: false }, blobs, isOurs, [])));
  await putAll(shipment, again, tag);
  return again.at(-1)?.descriptor ?? root;
}

interface Outgoing {
  readonly blobs: readonly Descriptor[];
  /** Layers that are not here and need not be; by the trees that they hold. */
  readonly foreign: ReadonlySet<DiffId>;
  /** Children before what contains them: the root comes last. */
  readonly manifests: readonly OutgoingManifest[];
}

async function collect(deps: ImageDeps, root: Descriptor, hold: (digest: Digest) => void): Promise<Outgoing> {
  const blobs = new Map<Digest, Descriptor>();
  const foreign = new Set<DiffId>();
  const manifests = new Map<Digest, OutgoingManifest>();

  async function visit(descriptor: Descriptor): Promise<void> {
    const { digest, mediaType } = descriptor;
    if (manifests.has(digest)) return;
    hold(digest);
    const bytes = await readStored(deps, digest, MAX_MANIFEST_SIZE);
    const document = parseManifest(bytes, mediaType);
    for (const child of successors(document)) {
      if (isManifestType(child.mediaType) || isIndexType(child.mediaType)) await visit(child);
      else {
        hold(child.digest);
        if (isStored(child) || !isForeignLayerType(child.mediaType)) blobs.set(child.digest, child);
      }
    }
    if (document.kind === "manifest") for (const diffId of absentTrees(document)) foreign.add(diffId);
    manifests.set(digest, { descriptor: { ...descriptor, mediaType: document.mediaType }, document, bytes });
  }

  function isStored({ digest }: Descriptor): boolean {
    return deps.metadata.blobs.find(digest) !== undefined;
  }

  /** People know layers by their trees, which of absent ones only the config tells. */
  function absentTrees({ config, layers }: ImageManifest): DiffId[] {
    const bytes = deps.metadata.blobs.findConfig(config.digest);
    const { diffIds } = bytes === undefined ? { diffIds: [] } : parseImageConfig(bytes);
    return layers.flatMap((layer, index) => {
      return isStored(layer) || !isForeignLayerType(layer.mediaType) ? [] : [diffIds[index] ?? layer.digest];
    });
  }

  await visit(root);
  return { blobs: [...blobs.values()], foreign, manifests: [...manifests.values()] };
}

type Task = (signal: AbortSignal) => Promise<void>;

/** What the registry has afterwards, by the digest of what is stored here. `beside` is done at the same time. */
async function sendAll(
  shipment: Shipment,
  blobs: readonly Descriptor[],
  compressed: boolean,
  beside: readonly Task[],
): Promise<Map<Digest, Descriptor>> {
  const { deps, options } = shipment;
  const sent = new Map<Digest, Descriptor>();
  for (const { digest } of blobs) tell(shipment, digest, { step: "preparing" });
  async function send(blob: Descriptor, signal: AbortSignal): Promise<void> {
    const own = { ...shipment, options: { signal } };
    if (compressed && isPlain(deps, blob)) sent.set(blob.digest, await sendCompressed(own, blob));
    else await sendStored(own, blob);
  }
  const tasks = blobs.map(
    (blob): Task =>
      (signal) =>
        deps.registries.uploads(() => send(blob, signal)),
  );
  await allOrAbort([...beside, ...tasks], (task, signal) => task(signal), options.signal);
  return sent;
}

/** A tag outlives manifests below it that a registry was told to delete. */
async function hasAll({ deps, repository, options }: Shipment, manifests: readonly WrittenManifest[]): Promise<boolean> {
  let isWhole = true;
  const ask = async ({ descriptor }: WrittenManifest, signal: AbortSignal): Promise<void> => {
    if (!(await repository.hasManifest(descriptor.digest, { signal }))) isWhole = false;
  };
  await allOrAbort(manifests, (manifest, signal) => deps.registries.uploads(() => ask(manifest, signal)), options.signal);
  return isWhole;
}

/** @param manifests children before what contains them; the last gets the tag. */
async function putAll({ repository, options }: Shipment, manifests: readonly WrittenManifest[], tag: string): Promise<void> {
  for (const [index, { descriptor, bytes }] of manifests.entries()) {
    const isRoot = index === manifests.length - 1;
    await repository.putManifest(bytes, descriptor.mediaType, isRoot ? tag : descriptor.digest, options);
  }
}
