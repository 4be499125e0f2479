import { setTimeout as delay } from "node:timers/promises";
import { conflict, EngineError, toEngineError } from "#errors";
import { makePlaces } from "#root-files";
import type { Place } from "#root-files";
import { requireRunnable } from "#runtime";
import type { ContainerSpec } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { notModified } from "../errors.ts";
import { beginHealth } from "../health/watch-health.ts";
import { consumeOutput } from "../streams/consume-output.ts";
import { endOfProcess, removeAtEnd } from "./end-of-process.ts";
import { processSpec } from "./process-spec.ts";
import { mountRoot } from "./mount-root.ts";
import { removeNow } from "./remove-container.ts";

/** How long the last output may take to get where it goes, before the container counts as ended all the same. */
const OUTPUT_GRACE_MS = 2000;

/** Like a shell: the runtime knows better for programs that are not there or cannot be executed. */
const DID_NOT_START = 128;

/** @throws not-modified when it runs already; in Docker's words when there is no such program. */
export async function startContainer(deps: ContainerDeps, name: string): Promise<void> {
  const container = deps.containers.get(name);
  await container.inTurn(() => start(deps, container));
}

/** In the container's turn. */
export async function start(deps: ContainerDeps, container: Container): Promise<void> {
  checkStartable(deps, container);
  await container.over;
  checkStartable(deps, container);
  try {
    await run(deps, container);
  } catch (error) {
    await recordFailure(deps, container, error);
    throw error;
  }
}

function checkStartable({ closing }: ContainerDeps, { id, isPaused, isRunning, isBeingRemoved }: Container): void {
  if (isPaused) throw conflict("cannot start a paused container, try unpause instead");
  if (isRunning) throw notModified(`container ${id} is already running`);
  if (isBeingRemoved) throw conflict("container is marked for removal and cannot be started");
  if (closing.aborted) throw new EngineError("unavailable", "the engine is stopping");
}

async function run(deps: ContainerDeps, container: Container): Promise<void> {
  const { platform } = container.record;
  await requireRunnable(platform, deps.hostPlatform);
  await using opened = new AsyncDisposableStack();
  // Filled volumes come with the root, and are part of what the process gets.
  const { root } = opened.use(await mountRoot(deps, container, deps.closing));
  const spec = await processSpec(deps.containers, container);
  await makePlaces(root, placesOf(spec));
  const process = opened.use(await deps.runtime.start({ ...spec, root }, { signal: deps.closing }));
  container.process = process;
  const output = consumeOutput(deps, container, process);
  const facts = { status: "running", exitCode: 0, error: "", isOomKilled: false, startedAt: deps.now().toISOString() } as const;
  await container.change({ state: { ...container.state, ...facts } });
  publishContainerEvent(deps, "start", container);
  beginHealth(deps, container);
  void process.outOfMemory.then(() => publishContainerEvent(deps, "oom", container));
  const held = opened.move();
  const over = watch(deps, container, { output, release: () => held.disposeAsync() });
  container.over = over.catch(() => undefined);
  deps.later(over.then(() => removeAtEnd(deps, container)));
}

/** Also where the process begins: what the runtime makes nobody but root could enter. */
function placesOf({ mounts = [], cwd }: Pick<ContainerSpec, "mounts" | "cwd">): Place[] {
  const empty = { isFile: false, isReadonly: false, source: undefined };
  const places = mounts.map((mount): Place => {
    return mount.type === "bind" ? mount : { ...empty, target: mount.target, mode: tmpfsMode(mount.options) };
  });
  return [...places, { ...empty, target: cwd }];
}

/** A file system in memory takes on the permissions of the directory that it hides. */
function tmpfsMode(options = ""): number {
  const asked = /(?:^|,)mode=0*([0-7]{1,4})(?:,|$)/.exec(options)?.[1];
  return asked === undefined ? 0o1777 : Number.parseInt(asked, 8);
}

interface Run {
  /** Settles when everything that was said is where it goes. */
  readonly output: Promise<void>;
  readonly release: () => Promise<void>;
}

/** Until the process is over, nothing of it is left and everybody knows. */
async function watch(deps: ContainerDeps, container: Container, { output, release }: Run): Promise<void> {
  const { process } = container;
  if (process === undefined) return;
  const end = await process.ended.catch((error: unknown) => {
    deps.warn(`container ${container.record.name}: ${describe(error)}`);
    return { exitCode: 255, isOomKilled: false };
  });
  await Promise.race([output, delay(OUTPUT_GRACE_MS, undefined, { ref: false })]);
  await release().catch((error: unknown) => deps.warn(`container ${container.record.name}: ${describe(error)}`));
  await endOfProcess(deps, container, end);
}

/** What did not start has an exit code all the same, and a reason that people find in it. */
async function recordFailure(deps: ContainerDeps, container: Container, error: unknown): Promise<void> {
  container.process = undefined;
  container.streams.release();
  const known = toEngineError(error);
  const exitCode = known?.details?.["exitCode"];
  await container.noteState({ exitCode: typeof exitCode === "number" ? exitCode : DID_NOT_START, error: describe(error) });
  if (container.record.hostConfig.AutoRemove) await removeNow(deps, container, { volumes: true });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
