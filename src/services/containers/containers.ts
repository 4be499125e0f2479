import type { PathStat } from "#root-files";
import type { RootChange } from "#snapshots";
import type { TerminalSize } from "#runtime";
import type { Volume } from "#volumes";
import type { ContainerDeps } from "./container-deps.ts";
import type { Ending, WaitCondition } from "./container.ts";
import { commitContainer } from "./commit/commit-container.ts";
import { createContainer } from "./create/create-container.ts";
import { readArchive, statPath, writeArchive } from "./files/archive-container.ts";
import { containerChanges } from "./files/container-changes.ts";
import { exportContainer } from "./files/export-container.ts";
import { killContainer } from "./life/kill-container.ts";
import { pauseContainer, unpauseContainer } from "./life/pause-container.ts";
import { pruneContainers } from "./life/prune-containers.ts";
import { removeContainer } from "./life/remove-container.ts";
import { renameContainer } from "./life/rename-container.ts";
import { restartContainer } from "./life/restart-container.ts";
import { startContainer } from "./life/start-container.ts";
import { stopContainer } from "./life/stop-container.ts";
import type { StopRequest } from "./life/stop-container.ts";
import { updateContainer } from "./life/update-container.ts";
import type { UpdateRequest } from "./life/update-container.ts";
import { containerStats } from "./look/container-stats.ts";
import type { StatsRequest, StatsSample } from "./look/container-stats.ts";
import { inspectContainer } from "./look/inspect-container.ts";
import { listContainers } from "./look/list-containers.ts";
import { topProcesses } from "./look/top-processes.ts";
import type { ProcessTable } from "./look/top-processes.ts";
import { attachContainer } from "./streams/attach-container.ts";
import type { AttachRequest, Session } from "./streams/attach-container.ts";
import { createExec } from "./streams/create-exec.ts";
import type { ExecDetail, ExecRequest } from "./streams/exec-instance.ts";
import { readLogs } from "./streams/read-logs.ts";
import type { ContainerLines, LogsRequest } from "./streams/read-logs.ts";
import { resizeContainer, resizeExec } from "./streams/resize.ts";
import { openExec, startDetached } from "./streams/start-exec.ts";
import type { ExecStartRequest } from "./streams/start-exec.ts";
import type {
  ArchiveWriteRequest,
  CommitRequest,
  CommitResult,
  ContainerArchive,
  ContainerCreateRequest,
  ContainerCreateResult,
  ContainerDetail,
  ContainerListRequest,
  ContainerPruneRequest,
  ContainerPruneResult,
  ContainerRemoveRequest,
  ContainerSummary,
} from "./types.ts";
import { inspectVolume, listVolumes, pruneVolumes, removeVolume } from "./volumes/container-volumes.ts";
import type { ListedVolume } from "./volumes/container-volumes.ts";

/** The verbs of containers. `name` is a name, an ID or the beginning of one. */
export interface Containers {
  create(request: ContainerCreateRequest): Promise<ContainerCreateResult>;
  /** Newest first. */
  list(request?: ContainerListRequest): Promise<readonly ContainerSummary[]>;
  inspect(name: string, request?: { readonly size?: boolean }): Promise<ContainerDetail>;
  start(name: string): Promise<void>;
  stop(name: string, request?: StopRequest): Promise<void>;
  restart(name: string, request?: StopRequest): Promise<void>;
  /** By default SIGKILL, whose effect is waited for. */
  kill(name: string, signal?: string): Promise<void>;
  pause(name: string): Promise<void>;
  unpause(name: string): Promise<void>;
  /** Resolves when it is known whom to wait for; `ending` when the condition holds. */
  wait(name: string, condition: WaitCondition, options?: { readonly signal?: AbortSignal }): Promise<{ readonly ending: Promise<Ending> }>;
  rename(name: string, newName: string): Promise<void>;
  /** Of limits; gives warnings. */
  update(name: string, request: UpdateRequest): Promise<readonly string[]>;
  /**  psArgs of the machine's `ps`. */
  top(name: string, psArgs: string): Promise<ProcessTable>;
  /** The first is there at once, unless one alone is to be compared with the moment before. */
  stats(name: string, request: StatsRequest, options?: { readonly signal?: AbortSignal }): AsyncIterable<StatsSample>;
  prune(request?: ContainerPruneRequest): Promise<ContainerPruneResult>;
  remove(name: string, request?: ContainerRemoveRequest): Promise<void>;
  /** What it said so far and, when following, what it says; see `LogsRequest`. */
  logs(name: string, request: LogsRequest): ContainerLines;
  /** Looks whether a conversation with its process is possible; it begins with `talk`. */
  attach(name: string, request: AttachRequest): Session;
  /** What was changed in its files, sorted by path. */
  changes(name: string, options?: { readonly signal?: AbortSignal }): Promise<readonly RootChange[]>;
  /** All its files as a tar, without what is mounted there. @throws not-found at once. */
  export(name: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<Uint8Array>;
  /** Of a path in its files, whatever is mounted there; a link is a link. */
  statPath(name: string, path: string, options?: { readonly signal?: AbortSignal }): Promise<PathStat>;
  readArchive(name: string, path: string, options?: { readonly signal?: AbortSignal }): Promise<ContainerArchive>;
  writeArchive(name: string, request: ArchiveWriteRequest, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Makes an image of it: its image with one more layer, of what it changed. */
  commit(name: string, request?: CommitRequest, options?: { readonly signal?: AbortSignal }): Promise<CommitResult>;
  /** The size of its terminal; without one nothing happens. */
  resize(name: string, size: TerminalSize): Promise<void>;
  readonly exec: Execs;
  readonly volumes: ContainerVolumes;
}

/** The verbs of further processes in containers; `id` is what `create` gave. */
export interface Execs {
  create(name: string, request: ExecRequest): Promise<string>;
  inspect(id: string): ExecDetail;
  /** Resolves when it runs; nobody talks to it. */
  startDetached(id: string, request: ExecStartRequest): Promise<void>;
  /** Looks whether it can be started; it is, with `talk`. */
  open(id: string, request: ExecStartRequest): Session;
  resize(id: string, size: TerminalSize): Promise<void>;
}

/** The verbs of volumes; all of them came with containers. */
export interface ContainerVolumes {
  /** Oldest first. */
  list(): readonly ListedVolume[];
  inspect(name: string): ListedVolume;
  remove(name: string): Promise<void>;
  prune(isWanted?: (volume: Volume) => boolean): Promise<{ readonly removed: readonly string[]; readonly reclaimed: number }>;
  /** Bytes. */
  size(volume: Volume): Promise<number>;
}

/** The verbs, each in its own file. */
export function createContainers(deps: ContainerDeps): Containers {
  return {
    create: (request) => createContainer(deps, request),
    list: (request) => listContainers(deps, request),
    inspect: (name, request) => inspectContainer(deps, name, request),
    start: (name) => startContainer(deps, name),
    stop: (name, request) => stopContainer(deps, name, request),
    restart: (name, request) => restartContainer(deps, name, request),
    kill: (name, signal) => killContainer(deps, name, signal),
    pause: (name) => pauseContainer(deps, name),
    unpause: (name) => unpauseContainer(deps, name),
    wait: async (name, condition, { signal } = {}) => ({ ending: deps.containers.get(name).wait(condition, signal) }),
    rename: (name, newName) => renameContainer(deps, name, newName),
    update: (name, request) => updateContainer(deps, name, request),
    top: (name, psArgs) => topProcesses(deps, name, psArgs),
    stats: (name, request, { signal } = {}) => containerStats(deps, name, request, signal),
    prune: (request) => pruneContainers(deps, request),
    remove: (name, request) => removeContainer(deps, name, request),
    logs: (name, request) => readLogs(deps, name, request),
    attach: (name, request) => attachContainer(deps, name, request),
    changes: (name, options) => containerChanges(deps, name, options),
    export: (name, options) => exportContainer(deps, name, options),
    statPath: (name, path, options) => statPath(deps, name, path, options),
    readArchive: (name, path, options) => readArchive(deps, name, path, options),
    writeArchive: (name, request, options) => writeArchive(deps, name, request, options),
    commit: (name, request, options) => commitContainer(deps, name, request, options),
    resize: (name, size) => resizeContainer(deps, name, size),
    exec: {
      create: (name, request) => createExec(deps, name, request),
      inspect: (id) => deps.execs.get(id).detail,
      startDetached: (id, request) => startDetached(deps, id, request),
      open: (id, request) => openExec(deps, id, request),
      resize: (id, size) => resizeExec(deps, id, size),
    },
    volumes: {
      list: () => listVolumes(deps),
      inspect: (name) => inspectVolume(deps, name),
      remove: (name) => removeVolume(deps, name),
      prune: (isWanted) => pruneVolumes(deps, isWanted),
      size: (volume) => deps.volumes.size(volume),
    },
  };
}
