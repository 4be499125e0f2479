import { LayerIndex } from "#archive";
import { isEngineError } from "#errors";
import type { Layers } from "#layers";
import { digestOf, MAX_MANIFEST_SIZE, parseManifest, successors } from "#oci";
import type { DiffId, Digest } from "#oci";
import type { CredentialSource } from "#registry";
import { collectGarbage } from "./collect-garbage.ts";
import type { ImageDeps } from "./image-deps.ts";
import { imagesNeeding, lostBlobs, refetchBlob, tidyLost } from "./lost-blobs.ts";
import type { Refetched } from "./lost-blobs.ts";
import { setAside } from "./stored-blob.ts";
import { sweepOrphans } from "./sweep-store.ts";

/** What a check found. Problems are damage; leftovers are what a crash may leave, and the next start removes. */
export interface StoreReport {
  readonly blobs: number;
  readonly images: number;
  readonly problems: readonly string[];
  readonly leftovers: readonly string[];
  /** How many blobs arrived in part. They wait a day for a pull to go on with them, and are verified then. */
  readonly partial: number;
  /** What `repair` did about them. */
  readonly repaired: readonly string[];
  /** What images need and is not here, after any repair. */
  readonly lost: readonly string[];
}

export interface CheckStoreOptions {
  readonly repair: boolean;
  /** For the registries from which lost blobs are fetched again. */
  readonly credentials?: CredentialSource;
}

/** Verifies every record against every byte. With `repair`, damaged blobs go, and are fetched or made again where they can be. */
export async function checkStore(deps: ImageDeps, options: CheckStoreOptions): Promise<StoreReport> {
  const problems = [...deps.metadata.check()].map((line) => `meta.db: ${line}`);
  const repaired: string[] = [];
  const damaged: Digest[] = [];
  const blobs = deps.metadata.blobs.all();
  for (const blob of blobs) {
    const problem = await checkBlob(deps, blob, options.repair ? repaired : undefined);
    if (problem === undefined) continue;
    problems.push(`content ${blob.digest}: ${problem}`);
    damaged.push(blob.digest);
  }
  for (const id of deps.catalog.ids()) problems.push(...checkImage(deps, id, new Set(damaged)));
  problems.push(...checkNames(deps));
  const leftovers = await findLeftovers(deps);
  if (options.repair) repaired.push(...(await repair(deps, damaged, options.credentials)));
  const lost = lostBlobs(deps).map(
    ({ digest }) => `content ${digest}: needed by ${imagesNeeding(deps, digest).join(", ") || "images without a name"}`,
  );
  const partial = deps.content.partial.count;
  return { blobs: blobs.length, images: deps.catalog.size, problems, leftovers, partial, repaired, lost };
}

/** Returns what is wrong with a blob; a missing or damaged entry index is no damage and is made again when `repaired` is given. */
async function checkBlob(
  deps: ImageDeps,
  { digest, size }: { digest: Digest; size: number },
  repaired: string[] | undefined,
): Promise<string | undefined> {
  const { content, metadata, layers } = deps;
  const found = await content.find(digest);
  if (found === undefined) return "the blob is missing";
  if (found !== size) return `expected ${size} bytes but found ${found}`;
  const blob = await content.examine(digest);
  if (blob.digest !== digest) return `its bytes have the digest ${blob.digest}`;
  const layer = metadata.blobs.findLayer(digest);
  if (layer !== undefined && blob.layer?.diffId !== layer.diffId)
    return `expected the layer ${layer.diffId}, found ${blob.layer?.diffId ?? "none"}`;
  if (layer !== undefined && blob.layer !== undefined && repaired !== undefined && !(await hasIndex(layers, layer.diffId))) {
    await layers.put(layer.diffId, blob.layer.index);
    repaired.push(`layer ${layer.diffId}: made its index again`);
  }
  return checkEdges(deps, digest, size);
}

async function hasIndex(layers: Layers, diffId: DiffId): Promise<boolean> {
  try {
    const bytes = await layers.find(diffId);
    if (bytes !== undefined) LayerIndex.open(bytes);
    return bytes !== undefined;
  } catch (error) {
    if (isEngineError(error, "data-loss")) return false;
    throw error;
  }
}

/** The recorded references of a manifest must be those in its bytes. */
async function checkEdges({ content, metadata }: ImageDeps, digest: Digest, size: number): Promise<string | undefined> {
  const recorded = metadata.blobs.childrenOf(digest);
  if (recorded.length === 0 || size > MAX_MANIFEST_SIZE) return undefined;
  try {
    const children = new Set(successors(parseManifest(await content.read(digest, MAX_MANIFEST_SIZE))).map((child) => child.digest));
    const isSame = children.size === recorded.length && recorded.every((child) => children.has(child));
    return isSame ? undefined : "its recorded references are not those in its bytes";
  } catch (error) {
    if (isEngineError(error)) return error.message;
    throw error;
  }
}

function checkImage({ catalog, metadata }: ImageDeps, id: Digest, damaged: ReadonlySet<Digest>): string[] {
  const problems: string[] = [];
  const record = catalog.find(id);
  const targets = metadata.images.targetsOf(id);
  if (record === undefined || !targets.some(({ digest }) => digest === record.target))
    problems.push(`image ${id}: its target is not recorded`);
  for (const { digest } of targets) {
    for (const { config } of metadata.images.manifestsOf(digest)) {
      const bytes = config && metadata.blobs.findConfig(config);
      if (bytes !== undefined && digestOf(bytes) !== config) problems.push(`image ${id}: the recorded config ${config} is damaged`);
    }
    const lost = metadata.blobs.closure(digest).filter((blob) => damaged.has(blob.digest));
    problems.push(...lost.map((blob) => `image ${id}: its content ${blob.digest} is damaged`));
  }
  return problems;
}

function checkNames({ catalog, metadata }: ImageDeps): string[] {
  return metadata.names.all().flatMap(({ name, image, target }) => {
    if (catalog.find(image) === undefined) return [`name ${name}: its image ${image} does not exist`];
    const targets = metadata.images.targetsOf(image);
    return targets.some(({ digest }) => digest === target) ? [] : [`name ${name}: its target ${target} is not recorded`];
  });
}

async function findLeftovers({ content, metadata }: ImageDeps): Promise<string[]> {
  const { digests, strays } = await content.list();
  const orphans = digests.filter((digest) => metadata.blobs.find(digest) === undefined);
  const garbage = metadata.blobs.all().filter(({ digest }) => !metadata.blobs.isLive(digest));
  return [
    ...orphans.map((digest) => `content ${digest}: stored without a record`),
    ...garbage.map(({ digest }) => `content ${digest}: nothing refers to it`),
    ...strays.map((path) => `${path}: not a blob`),
  ];
}

/**
 * A damaged blob is worth nothing, but what a damaged manifest refers to is sound and waits for it to come back: from
 * its registry at once, or with the next load or pull.
 */
async function repair(deps: ImageDeps, damaged: readonly Digest[], credentials: CredentialSource | undefined): Promise<string[]> {
  const { metadata } = deps;
  await deps.exclusively(() => setAside(deps, damaged));
  const done = damaged.map((digest) => `content ${digest}: moved to the quarantine`);
  for (const blob of lostBlobs(deps)) done.push(`content ${blob.digest}: ${outcome(await refetchBlob(deps, blob, credentials))}`);
  tidyLost(deps);
  const stored = metadata.blobs.all().map(({ digest }) => digest);
  const garbage = await collectGarbage(deps, stored);
  const orphans = await sweepOrphans(deps);
  metadata.compactNames({ force: true });
  await metadata.durable();
  return [
    ...done,
    ...garbage.map((digest) => `content ${digest}: removed, nothing referred to it`),
    ...(orphans === 0 ? [] : [`removed ${orphans} blobs without a record`]),
  ];
}

function outcome(refetched: Refetched): string {
  if ("from" in refetched) return `fetched again from ${refetched.from}`;
  if (refetched.failures.length === 0) return "not fetched again: nothing says where it came from; load its image again to restore it";
  return `not fetched again: ${refetched.failures.join("; ")}`;
}
