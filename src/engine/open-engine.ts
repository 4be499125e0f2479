import { randomUUID } from "node:crypto";
import { createBuilds } from "#build";
import type { CacheLimits } from "#build";
import { createContainers, stopAll } from "#containers";
import { createDistribution } from "#distribution";
import type { CompressionName } from "#compression";
import { collectGarbage, createImages, diskUsage, sweepStore } from "#images";
import { createRemote } from "#remote";
import type { RegistryConfig } from "#registry";
import { Chores } from "./chores.ts";
import type { Engine } from "./engine.ts";
import { openResources } from "./open-resources.ts";

/** What a pull left unfinished waits so long for another to go on with it. */
const KEEP_PARTIAL_MS = 24 * 60 * 60 * 1000;
const SWEEP_EVERY_MS = 60 * 60 * 1000;

export interface OpenOptions {
  /** Directory of everything that is stored; made when it is new. Owned by one engine at a time. */
  readonly dataRoot?: string;
  /** A throw-away engine instead: a temporary root, nothing synced, all gone when it is closed. */
  readonly memory?: boolean;
  /** How registries are reached; by default without mirrors, and insecurely only on loopback. */
  readonly registries?: RegistryConfig;
  /** How much of the disk the build cache may take; by default shares of it. */
  readonly buildCache?: CacheLimits;
  /** Let `RUN --security=insecure` have all that this process may do on the machine. Default false. */
  readonly allowInsecureBuilds?: boolean;
  /** How layers that are stored plain, because they were made here, leave for a registry; by default gzip. */
  readonly pushCompression?: CompressionName;
  /** Told what start-up had to repair; by default nobody. */
  readonly warn?: (message: string) => void;
}

/**
 * Opens an engine over `dataRoot`, or over nothing with `memory: true`.
 *
 * @throws conflict when another engine has the root; unavailable when the disk does not let it be opened.
 */
export async function openEngine(options: OpenOptions): Promise<Engine> {
  const {
    dataRoot: given,
    memory = false,
    registries = {},
    buildCache = {},
    allowInsecureBuilds = false,
    pushCompression,
    warn = () => undefined,
  } = options;
  if (memory === (given !== undefined)) throw new TypeError("openEngine needs either a dataRoot or memory: true");
  const resources = await openResources({ dataRoot: given, registries, pushCompression, warn });
  const { dataRoot, deps } = resources;
  const chores = new Chores(warn);
  // None of them may delay the first answer or fail a start.
  chores.add(deps.reserve.fill());
  if (!deps.metadata.wasClosed) chores.add(sweepStore(deps));
  const sweepPartial = (): Promise<number> => deps.content.partial.remove({ idleFor: KEEP_PARTIAL_MS });
  chores.add(sweepPartial());
  chores.every(SWEEP_EVERY_MS, sweepPartial);
  deps.holds.onRelease((postponed) => chores.add(collectGarbage(deps, postponed)));
  const distribution = createDistribution(deps);
  const builds = createBuilds(deps, {
    ...resources.building,
    machine: resources.containing.machine,
    cacheLimits: buildCache,
    allowsInsecure: allowInsecureBuilds,
    later: (work) => chores.add(work),
  });
  const stopping = new AbortController();
  const containing = { ...deps, ...resources.containing, closing: stopping.signal, later: (work: Promise<unknown>) => chores.add(work) };
  const containers = createContainers(containing);
  const impatience = new AbortController();
  let stopped: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  async function stopContainers({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const hurry = (): void => impatience.abort();
    signal?.addEventListener("abort", hurry, { once: true });
    if (signal?.aborted === true) hurry();
    stopping.abort();
    await (stopped ??= stopAll(containing, impatience.signal));
    signal?.removeEventListener("abort", hurry);
  }
  async function close(): Promise<void> {
    await stopContainers();
    await distribution[Symbol.asyncDispose]();
    await chores.done();
    await resources[Symbol.asyncDispose]();
  }
  const closeOnce = (): Promise<void> => (closing ??= close());
  return {
    id: deps.metadata.setting("engine-id", randomUUID),
    dataRoot,
    images: createImages(deps),
    builds,
    containers,
    distribution,
    registries: createRemote(deps.registries),
    events: deps.events,
    diskUsage: async () => ({
      ...(await diskUsage(deps)),
      buildCache: await builds.cache(),
      containers: await containers.list({ all: true, size: true }),
      volumes: await Promise.all(
        containers.volumes.list().map(async (listed) => ({ ...listed, size: await containers.volumes.size(listed.volume) })),
      ),
    }),
    stopContainers,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}
