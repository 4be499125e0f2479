import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { MemoryFolder } from "#disk";
import { internal, isEngineError, throwIfAborted } from "#errors";
import type { BundleSpec } from "./bundle/bundle-config.ts";
import { checkPropagation } from "./bundle/check-propagation.ts";
import { containerEnvironment, DEFAULT_PATH } from "./bundle/environment.ts";
import { firstProcess, furtherProcess } from "./bundle/first-process.ts";
import { guardRoot } from "./bundle/guard-root.ts";
import { checkUlimits } from "./bundle/process-limits.ts";
import { openSharedMemory } from "./bundle/shared-memory.ts";
import { userIn } from "./bundle/user-in.ts";
import { writeBundle } from "./bundle/write-bundle.ts";
import { countOomKills } from "./cgroups/oom-watch.ts";
import { openNetwork } from "./network/network.ts";
import { Container } from "./process/container.ts";
import { endLeftovers } from "./process/leftovers.ts";
import { PipeNames } from "./process/pipe-names.ts";
import { ProcessStreams } from "./process/process-streams.ts";
import { findRuntime } from "./process/runtime-program.ts";
import type { RuntimeName } from "./process/runtime-program.ts";
import type { RunningContainer } from "./running-container.ts";
import type { ContainerSpec, ExecSpec, RunOptions, RunResult, RunSpec } from "./run-spec.ts";

/** Where a container lives, and by which name it is known to the runtime. */
interface Housing {
  readonly name: string;
  readonly keepsInputOpen: boolean;
  /** Where its files stay; with its bundle when undefined. */
  readonly folder: string | undefined;
  /** What its process has before its own variables. */
  readonly environment: readonly string[];
}

/** Runs processes in containers of their own; see the room's door for what it promises. */
export class Runtime implements AsyncDisposable {
  readonly #folder: MemoryFolder;
  #program: Promise<RuntimeName> | undefined;
  #pipes: PipeNames | undefined;

  private constructor(folder: MemoryFolder) {
    this.#folder = folder;
  }

  /**
   * Ends what an earlier process over this data root left running. What is noted of running processes has their
   * environment in it, which may hold a secret, so bundles and the runtime's own notes are in memory.
   */
  static async open(dataRoot: string): Promise<Runtime> {
    const folder = join(dataRoot, "runtime");
    await endLeftovers(folder);
    const runtime = new Runtime(new MemoryFolder(folder, "run"));
    await runtime[Symbol.asyncDispose]();
    return runtime;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipes?.settled();
    this.#pipes = undefined;
    await this.#folder[Symbol.asyncDispose]();
  }

  /**
   * Runs one process to its end, with everything it started.
   *
   * @throws unavailable without a runtime that works here; not-found and invalid-argument, in Docker's words, for a
   *   user or a program that the root does not have; cancelled.
   */
  async run(spec: RunSpec, { signal, onOutput }: RunOptions): Promise<RunResult> {
    // Control groups are the whole machine's.
    const name = `slipway-${process.pid}-${randomBytes(8).toString("hex")}`;
    const stopped = Promise.withResolvers<void>();
    const container = await this.#start(spec, { name, keepsInputOpen: false, folder: undefined, environment: [DEFAULT_PATH] }, signal);
    await using ending = container;
    const stop = (): void => {
      stopped.resolve();
      void ending.kill();
    };
    signal?.addEventListener("abort", stop, { once: true });
    try {
      if (signal?.aborted === true) stop();
      for await (const output of ending.output) {
        // Whoever does not take it any more must not keep an aborted process from ending.
        if (signal?.aborted !== true) await Promise.race([onOutput(output), stopped.promise]);
      }
      const { exitCode } = await ending.ended;
      throwIfAborted(signal);
      return { exitCode };
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /**
   * Starts what runs until it ends or is ended; whoever has it disposes of it.
   *
   * @throws unavailable without a runtime that works here; invalid-argument with `details.exitCode` for a program that
   *   the root does not have; internal for all else that cannot be; all in Docker's words. Nothing is left then.
   */
  start(spec: ContainerSpec, { signal }: { signal?: AbortSignal } = {}): Promise<RunningContainer> {
    const { id, folder, keepsInputOpen, terminal } = spec;
    const environment = containerEnvironment(spec.hostname, { hasTerminal: terminal !== undefined });
    return this.#start(spec, { name: containerName(id), keepsInputOpen, folder, environment }, signal).catch(asFailedStart);
  }

  async #start(spec: BundleSpec, housing: Housing, signal: AbortSignal | undefined): Promise<Container> {
    throwIfAborted(signal);
    const { name, keepsInputOpen, folder: own } = housing;
    const { terminal, network: mode } = spec;
    const folder = await this.#folder.path();
    const bundle = join(folder, "bundles", name);
    const pipes = (this.#pipes ??= new PipeNames(join(folder, "pipes")));
    await using held = new AsyncDisposableStack();
    held.defer(() => rm(bundle, { recursive: true, force: true }));
    const [program, oomKillsBefore, first] = await Promise.all([
      this.#findProgram(folder),
      countOomKills(),
      firstProcess(spec, housing.environment),
      checkUlimits(spec.ulimits ?? []),
      // What a container has mounted is the user's own decision.
      guardRoot(own === undefined ? spec : { root: spec.root }),
      checkPropagation(spec.mounts),
      mkdir(bundle, { recursive: true, mode: 0o700 }),
    ]);
    const cgroupsPath = join("/", spec.cgroupParent ?? "", name);
    const network = held.use(await openNetwork(mode, signal));
    const sharedMemory = await openSharedMemory(spec, { bundle, bundleOf: (id) => join(folder, "bundles", containerName(id)), held });
    const described = { bundle, cgroupsPath, folder: own, process: first, network, sharedMemory };
    const [written, piped] = await Promise.allSettled([
      writeBundle(spec, described),
      ProcessStreams.open(pipes, { keepsInputOpen, hasTerminal: terminal !== undefined }),
    ]);
    if (piped.status === "rejected") throw piped.reason;
    using opened = new DisposableStack();
    const streams = opened.use(piped.value);
    if (written.status === "rejected") throw written.reason;
    const place = { folder, id: name };
    const describeExec = (exec: ExecSpec): Promise<object> => furtherProcess(spec, first, exec);
    const facts = { hasOwnNetwork: mode === "default", hasMemoryLimit: spec.limits?.memory !== undefined, oomKillsBefore };
    const requireUser = async (user: string): Promise<void> => void (await userIn(spec.root, user));
    const setup = { program, place, bundle, pipes, cgroupsPath, streams, terminal, describeExec, requireUser, ...facts };
    const container = await Container.start(setup, held, signal);
    opened.move();
    return container;
  }

  #findProgram(folder: string): Promise<RuntimeName> {
    this.#program ??= findRuntime(folder, writeProbe).catch((error: unknown) => {
      // What is installed in the meantime is found.
      this.#program = undefined;
      throw error;
    });
    return this.#program;
  }
}

/** How the runtime knows a container, and its control group is called. */
function containerName(id: string): string {
  return `slipway-${id}`;
}

/**
 * What is wrong with a container is no mistake of who only starts it, to Docker; but for what cannot be executed, which
 * has an exit code.
 */
function asFailedStart(error: unknown): never {
  const isMistake = isEngineError(error, "invalid-argument") || isEngineError(error, "not-found");
  throw isMistake && error.details?.["exitCode"] === undefined ? internal(error.message, { cause: error }) : error;
}

/** Everything that a real process gets, but for a root with something in it. */
async function writeProbe(bundle: string, program: string): Promise<void> {
  const root = join(bundle, "root");
  await mkdir(root, { recursive: true });
  const spec: RunSpec = { root, args: [program], env: [], user: "", cwd: "/", hostname: "probe", network: "none" };
  const network = { namespace: undefined, nameserver: undefined, address: undefined };
  const cgroupsPath = `/slipway-probe-${process.pid}`;
  const first = await firstProcess(spec, []);
  await writeBundle(spec, { bundle, cgroupsPath, folder: undefined, process: first, network, sharedMemory: undefined });
}
