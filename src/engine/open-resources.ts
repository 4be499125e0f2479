import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createLimit } from "#async";
import type { BuildParts } from "#build";
import { CacheMounts } from "#cache-mounts";
import { Compressor, formatOf } from "#compression";
import type { CompressionName } from "#compression";
import { ContainerRecords } from "#container-records";
import { ContainerSet, ExecInstances, recoverContainers } from "#containers";
import type { ContainerDeps } from "#containers";
import { Content } from "#content";
import { DiskReserve, lockDirectory } from "#disk";
import { isEngineError } from "#errors";
import { EventJournal } from "#events";
import { createFetchUrl } from "#fetch";
import { Git } from "#git";
import { Catalog, Holds, rebuildRecords, SharedDownloads } from "#images";
import type { ImageDeps } from "#images";
import { Layers } from "#layers";
import { Database, Metadata, NamesJournal } from "#metadata";
import { hostPlatform } from "#oci";
import { PrivateFiles } from "#private-files";
import { Registries } from "#registry";
import type { RegistryConfig } from "#registry";
import { Runtime } from "#runtime";
import { Snapshots } from "#snapshots";
import { SshAgents } from "#ssh-agents";
import { Volumes } from "#volumes";
import { readMachine } from "./machine.ts";

export interface ResourceOptions {
  /** Absent: a temporary root that goes with its resources, and nothing is synced. */
  readonly dataRoot: string | undefined;
  readonly registries: RegistryConfig;
  /** By default gzip. */
  readonly pushCompression?: CompressionName | undefined;
  readonly warn: (message: string) => void;
}

/** Everything that verbs stand on, opened over one data root and closed in reverse. */
export interface Resources extends AsyncDisposable {
  readonly dataRoot: string;
  readonly deps: ImageDeps;
  readonly containing: Omit<ContainerDeps, keyof ImageDeps | "later" | "closing">;
  readonly building: Omit<BuildParts, "later" | "cacheLimits" | "allowsInsecure" | "machine">;
}

/** @throws conflict when another engine has the root; unavailable when the disk does not let it be opened. */
export async function openResources({ dataRoot: given, registries, pushCompression, warn }: ResourceOptions): Promise<Resources> {
  const durable = given !== undefined;
  await using opened = new AsyncDisposableStack();
  const dataRoot = given ?? (await mkdtemp(join(tmpdir(), "slipway-")));
  if (!durable) opened.defer(() => rm(dataRoot, { recursive: true, force: true }));
  await mkdir(dataRoot, { recursive: true, mode: 0o700 });
  opened.use(lockDirectory(dataRoot));

  const content = opened.use(await Content.open(dataRoot, { durable }));
  const layers = await Layers.open(dataRoot);
  const metadata = opened.use(await openMetadata(dataRoot, durable, warn));
  const containers = new ContainerSet();
  const deps: ImageDeps = {
    content,
    layers,
    metadata,
    registries: opened.use(Registries.open(registries)),
    fetchUrl: createFetchUrl({ proxy: registries.proxy, userAgent: registries.userAgent }),
    downloads: new SharedDownloads((blob) => content.discard([blob])),
    compressor: new Compressor(),
    pushFormat: formatOf(pushCompression ?? "gzip"),
    events: new EventJournal(),
    catalog: new Catalog(metadata),
    holds: new Holds(),
    users: containers,
    reserve: durable ? new DiskReserve(dataRoot) : { release: () => undefined, fill: () => Promise.resolve() },
    hostPlatform: hostPlatform(process.platform, process.arch),
    now: () => new Date(),
    exclusively: createLimit(1),
  };
  const building = await openBuilding(dataRoot, { registries, opened });
  if (metadata.needsRebuild) {
    await rebuildRecords(deps, NamesJournal.read(dataRoot), warn);
    await metadata.setBuilt();
  }
  const { runtime, snapshots } = building;
  const records = new ContainerRecords(dataRoot, { durable, warn });
  const containing = {
    containers,
    execs: new ExecInstances(deps.now),
    records,
    runtime,
    snapshots,
    volumes: await Volumes.open(dataRoot, { durable, warn }),
    warn,
    machine: await readMachine(),
  };
  await recoverContainers({ ...deps, ...containing });
  compactNames(metadata, warn);
  const resources = opened.move();
  return { dataRoot, deps, containing, building, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** Processes of an earlier engine are ended before what they ran on is taken away. */
async function openBuilding(
  dataRoot: string,
  { registries, opened }: { readonly registries: RegistryConfig; readonly opened: AsyncDisposableStack },
): Promise<Resources["building"]> {
  const runtime = opened.use(await Runtime.open(dataRoot));
  const snapshots = opened.use(await Snapshots.open(dataRoot));
  const cacheMounts = await CacheMounts.open(dataRoot);
  const privateFiles = opened.use(await PrivateFiles.open(dataRoot));
  const sshAgents = opened.use(await SshAgents.open(dataRoot));
  const git = await Git.open(dataRoot, { proxy: registries.proxy });
  return { runtime, snapshots, cacheMounts, privateFiles, sshAgents, git, runs: createLimit(availableParallelism()) };
}

/** The journal serves nobody while the database is sound, so a full disk may keep it as it is. */
function compactNames(metadata: Metadata, warn: (message: string) => void): void {
  try {
    metadata.compactNames();
  } catch (error) {
    warn(`cannot bring names.journal up to date: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A damaged database does not keep the engine from starting: it is put aside and made again from the blobs. */
async function openMetadata(dataRoot: string, durable: boolean, warn: (message: string) => void): Promise<Metadata> {
  try {
    return Metadata.open(dataRoot, { durable });
  } catch (error) {
    if (!isEngineError(error, "data-loss")) throw error;
    const aside = await Database.putAside(dataRoot, new Date());
    warn(`${error.message}; it is kept as "${aside}" and made again from the blobs`);
    return Metadata.open(dataRoot, { durable });
  }
}
