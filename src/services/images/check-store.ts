import { isEngineError } from "#errors";
import { digestOf, MAX_MANIFEST_SIZE, parseManifest, successors } from "#oci";
import type { Digest } from "#oci";
import { collectGarbage } from "./collect-garbage.ts";
import type { ImageDeps } from "./image-deps.ts";
import { sweepOrphans } from "./sweep-store.ts";

/** What a check found. Problems are damage; leftovers are what a crash may leave, and the next start removes. */
export interface StoreReport {
  readonly blobs: number;
  readonly images: number;
  readonly problems: readonly string[];
  readonly leftovers: readonly string[];
  /** What `repair` did about them. */
  readonly repaired: readonly string[];
}

/** Verifies every record against every byte. With `repair`, damaged blobs go, and what can be made again is. */
export async function checkStore(deps: ImageDeps, options: { readonly repair: boolean }): Promise<StoreReport> {
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
  if (options.repair) repaired.push(...(await repair(deps, damaged)));
  return { blobs: blobs.length, images: deps.catalog.size, problems, leftovers, repaired };
}

/** Returns what is wrong with a blob; a missing entry index is no damage and is made again when `repaired` is given. */
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
  if (layer !== undefined && blob.layer !== undefined && repaired !== undefined && (await layers.find(layer.diffId)) === undefined) {
    await layers.put(layer.diffId, blob.layer.index);
    repaired.push(`layer ${layer.diffId}: made its index again`);
  }
  return checkEdges(deps, digest, size);
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
 * A damaged blob is worth nothing: without it the next load or pull brings it back. What a damaged manifest refers to
 * is sound and waits for that.
 */
async function repair(deps: ImageDeps, damaged: readonly Digest[]): Promise<string[]> {
  const { content, metadata, layers } = deps;
  const trees = metadata.transaction(() => metadata.blobs.remove(damaged, { keepConfigs: true, keepEdges: true }));
  await metadata.durable();
  await content.remove(damaged);
  await layers.remove(trees);
  const stored = metadata.blobs.all().map(({ digest }) => digest);
  const garbage = await collectGarbage(deps, stored);
  const orphans = await sweepOrphans(deps);
  metadata.compactNames({ force: true });
  return [
    ...damaged.map((digest) => `content ${digest}: removed; load or pull its image again to restore it`),
    ...garbage.map((digest) => `content ${digest}: removed, nothing referred to it`),
    ...(orphans === 0 ? [] : [`removed ${orphans} blobs without a record`]),
  ];
}
