import type { StagedBlob } from "#content";
import { chainIds, successors } from "#oci";
import type { DiffId, Digest, ImageId } from "#oci";
import type { ImageLayer, ImageRecord } from "#metadata";
import type { CatalogChange } from "./catalog.ts";
import { layerCountMismatch, notALayer, wrongDiffId } from "./errors.ts";
import type { ImageDeps } from "./image-deps.ts";
import type { GraphManifest, ImageGraph } from "./image-graph.ts";
import { putNames } from "./put-names.ts";
import type { NamesPut } from "./put-names.ts";
import { storeBlobs } from "./store-blobs.ts";

type RecordDeps = Pick<ImageDeps, "content" | "layers" | "metadata" | "catalog" | "now" | "exclusively">;

/** An image about to become visible. Blobs that are not staged must be stored already, and held by the caller. */
export interface NewImage {
  readonly graph: ImageGraph;
  /** The manifest that the image is identified by. */
  readonly chosen: GraphManifest;
  readonly staged: ReadonlyMap<Digest, StagedBlob>;
  /** Kept if that image is here, or becomes visible before this one. */
  readonly parent?: ImageId | undefined;
  /** Its manifest was written for it because it came without one: a push may compress its layers. */
  readonly isUnpublished?: boolean;
  /** Canonical references that shall stand for it. */
  readonly names: readonly string[];
}

export interface RecordedImage extends NamesPut {
  readonly id: ImageId;
}

/**
 * Makes an image visible: blobs, then records and names in one transaction, all on disk when this resolves.
 * `extra` may add to the same transaction.
 */
export async function recordImage(deps: RecordDeps, image: NewImage, extra?: (change: CatalogChange) => void): Promise<RecordedImage> {
  for (const manifest of image.graph.manifests) checkLayers(deps, manifest, image.staged);
  return recordManifests(deps, image, (change) => {
    const id = putImage(deps, image, change);
    const named = putNames(deps, change, image.names, { id, target: image.graph.target.digest });
    extra?.(change);
    return { id, ...named };
  });
}

/** As `recordImage` for each, in order, but all in one transaction and with the disk's syncs shared. */
export async function recordImages(deps: RecordDeps, images: readonly NewImage[]): Promise<RecordedImage[]> {
  const blobs = new Map(images.flatMap(({ staged }) => [...staged]));
  return storeBlobs(deps, blobs.values(), (change) =>
    images.map((image) => {
      putGraph(deps, image.graph);
      const id = putImage(deps, image, change);
      return { id, ...putNames(deps, change, image.names, { id, target: image.graph.target.digest }) };
    }),
  );
}

/** Stores documents and what they refer to. Nothing of it lives unless `work`, in the same transaction, gives it a root. */
export function recordManifests<T>(
  deps: RecordDeps,
  { graph, staged }: Pick<NewImage, "graph" | "staged">,
  work: (change: CatalogChange) => T,
): Promise<T> {
  return storeBlobs(deps, staged.values(), (change) => {
    putGraph(deps, graph);
    return work(change);
  });
}

/** Digest of the config; of the manifest for artifacts, whose configs are shared by everything that has none. */
export function imageIdOf({ record }: GraphManifest): ImageId {
  return record.config ?? record.descriptor.digest;
}

/**
 * An image manifest whose layers are here must have the trees that its config promises.
 *
 * @throws invalid-argument.
 */
export function checkLayers(
  { metadata }: Pick<ImageDeps, "metadata">,
  { manifest, config }: GraphManifest,
  staged: ReadonlyMap<Digest, StagedBlob>,
): void {
  if (manifest === undefined || config === undefined) return;
  const { diffIds } = config.value;
  if (manifest.layers.length !== diffIds.length) throw layerCountMismatch(manifest.layers.length, diffIds.length);
  manifest.layers.forEach(({ digest }, index) => {
    const expected = diffIds[index];
    const blob = staged.get(digest);
    const actual = blob?.layer?.diffId ?? metadata.blobs.findLayer(digest)?.diffId;
    if (blob !== undefined && actual === undefined) throw notALayer(index, digest, blob.notLayer ?? "not a layer");
    if (expected !== undefined && actual !== undefined && actual !== expected) throw wrongDiffId(index, expected, actual);
  });
}

function putGraph({ metadata }: RecordDeps, graph: ImageGraph): void {
  for (const [digest, document] of graph.documents) {
    metadata.blobs.link(
      digest,
      successors(document).map((child) => child.digest),
    );
  }
  for (const { record, config } of graph.manifests) {
    if (record.config !== undefined && config !== undefined) metadata.blobs.putConfig(record.config, config.bytes);
  }
}

function putImage(deps: RecordDeps, { graph, chosen, parent, isUnpublished, names }: NewImage, change: CatalogChange): ImageId {
  const id = imageIdOf(chosen);
  const known = deps.catalog.find(id);
  const layers = imageLayers(deps, chosen.config?.value.diffIds ?? []);
  const record: ImageRecord = {
    id,
    target: graph.target.digest,
    manifest: chosen.record.descriptor.digest,
    parent: parent !== undefined && deps.catalog.find(parent) !== undefined ? parent : known?.parent,
    created: unixSeconds(chosen.config?.value.created),
    size: layers.reduce((sum, layer) => sum + layer.size, 0),
    labels: chosen.config?.value.config.Labels,
    lastTagged: names.length > 0 ? deps.now() : known?.lastTagged,
    recorded: known?.recorded ?? deps.now(),
  };
  if (isUnpublished === true) deps.metadata.blobs.setUnpublished(graph.target.digest);
  change.putImage(record, layers);
  change.putTarget(
    id,
    graph.target,
    graph.manifests.map((manifest) => manifest.record),
  );
  return id;
}

function imageLayers({ metadata }: RecordDeps, diffIds: readonly DiffId[]): ImageLayer[] {
  const chain = chainIds(diffIds);
  return diffIds.map((diffId, index) => {
    const blob = metadata.blobs.findLayerBlob(diffId);
    const size = blob === undefined ? 0 : (metadata.blobs.findLayer(blob.digest)?.size ?? 0);
    return { diffId, chainId: chain[index] ?? diffId, size };
  });
}

function unixSeconds(created: string | undefined): number | undefined {
  const time = created === undefined ? Number.NaN : Date.parse(created);
  // Go's zero time stands for "not known".
  return Number.isNaN(time) || created?.startsWith("0001-01-01") === true ? undefined : Math.floor(time / 1000);
}
