import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MemoryFolder } from "#disk";
import { throwIfAborted } from "#errors";
import { bundleConfig } from "./bundle/bundle-config.ts";
import type { BundleFacts } from "./bundle/bundle-config.ts";
import { capabilitiesFor, ownCapabilities } from "./bundle/capabilities.ts";
import { canLimitSwap, hasCgroup2 } from "./cgroups/control-group.ts";
import { Container } from "./process/container.ts";
import { hostsFile, resolvFile } from "./bundle/container-files.ts";
import { containerEnvironment, DEFAULT_PATH, mergeEnvironments } from "./bundle/environment.ts";
import { guardRoot } from "./bundle/guard-root.ts";
import { openNetwork } from "./network/network.ts";
import { processConfig } from "./bundle/process-config.ts";
import type { ProcessFacts } from "./bundle/process-config.ts";
import { resolveUser } from "./bundle/process-user.ts";
import type { ProcessUser } from "./bundle/process-user.ts";
import { checkUlimits } from "./bundle/process-limits.ts";
import { readInRoot } from "./bundle/root-path.ts";
import { endLeftovers } from "./process/leftovers.ts";
import { findRuntime } from "./process/runtime-program.ts";
import type { RuntimeName } from "./process/runtime-program.ts";
import { ProcessStreams } from "./process/process-streams.ts";
import type { ContainerSpec, ExecSpec, RunOptions, RunResult, RunSpec, TerminalSize } from "./run-spec.ts";
import type { RunningContainer } from "./running-container.ts";

const RESOLV_FILE = "/etc/resolv.conf";

/** Where a container lives, and by which name it is known to the runtime. */
interface Housing {
  readonly name: string;
  readonly keepsInputOpen: boolean;
  readonly terminal: TerminalSize | undefined;
  /** Where its files stay; with its bundle when undefined. */
  readonly folder: string | undefined;
  /** What its process has before its own variables. */
  readonly environment: readonly string[];
}

/** Runs processes in containers of their own; see the room's door for what it promises. */
export class Runtime implements AsyncDisposable {
  readonly #folder: MemoryFolder;
  #program: Promise<RuntimeName> | undefined;

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

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
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
    const container = await this.#start(
      spec,
      { name, keepsInputOpen: false, terminal: undefined, folder: undefined, environment: [DEFAULT_PATH] },
      signal,
    );
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
   * @throws as `run`; nothing is left then.
   */
  start(spec: ContainerSpec, { signal }: { signal?: AbortSignal } = {}): Promise<RunningContainer> {
    const { id, folder, keepsInputOpen, terminal } = spec;
    const environment = containerEnvironment(spec.hostname, { hasTerminal: terminal !== undefined });
    return this.#start(spec, { name: `slipway-${id}`, keepsInputOpen, terminal, folder, environment }, signal);
  }

  async #start(spec: RunSpec, housing: Housing, signal: AbortSignal | undefined): Promise<Container> {
    throwIfAborted(signal);
    const { name, keepsInputOpen, terminal } = housing;
    const folder = await this.#folder.path();
    const bundle = join(folder, "bundles", name);
    await using held = new AsyncDisposableStack();
    held.defer(() => rm(bundle, { recursive: true, force: true }));
    await mkdir(bundle, { recursive: true, mode: 0o700 });
    await checkUlimits(spec.ulimits ?? []);
    await guardRoot(spec);
    const user = await userIn(spec.root, spec.user);
    const program = await this.#findProgram(folder);
    const network = held.use(await openNetwork(spec.network, signal));
    const machine = await readFile(RESOLV_FILE, "utf8").catch(() => "");
    const place = housing.folder ?? bundle;
    const files = {
      hostsFile: await writeShared(join(place, "hosts"), hostsFile(spec)),
      resolvFile: await writeShared(join(place, "resolv.conf"), resolvFile(machine, network.nameserver)),
    };
    const cgroupsPath = join("/", spec.cgroupParent ?? "", name);
    const process = { ...(await processFacts(spec)), user, terminal, env: mergeEnvironments(housing.environment, spec.env) };
    const facts = { ...files, ...machineFacts(), process, cgroupsPath, networkNamespace: network.namespace };
    await writeConfig(bundle, bundleConfig(spec, facts));
    using opened = new DisposableStack();
    const streams = opened.use(await ProcessStreams.open(bundle, { keepsInputOpen, hasTerminal: terminal !== undefined }));
    const describeExec = (exec: ExecSpec): Promise<object> => execConfig(spec, process, exec);
    const known = { folder, id: name };
    const setup = {
      program,
      place: known,
      bundle,
      cgroupsPath,
      streams,
      terminal,
      describeExec,
      hasOwnNetwork: spec.network === "default",
    };
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

/** For every user of the container, whatever this process keeps to itself. */
async function writeShared(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  await chmod(path, 0o644);
  return path;
}

/** The user of those words, by the tables of a root. @throws not-found, invalid-argument in Docker's words. */
export function userIn(root: string, user: string): Promise<ProcessUser> {
  return Promise.all([readInRoot(root, "/etc/passwd"), readInRoot(root, "/etc/group")]).then(([passwd, group]) =>
    resolveUser(user, { passwd, group }),
  );
}

function machineFacts(): Pick<BundleFacts, "hasCgroup2" | "limitsSwap" | "architecture"> {
  return { hasCgroup2: hasCgroup2(), limitsSwap: canLimitSwap(), architecture: process.arch };
}

/** All but who it is. */
async function processFacts({
  args,
  env,
  cwd,
  ulimits = [],
  isInsecure = false,
}: RunSpec): Promise<Omit<ProcessFacts, "user" | "terminal">> {
  const capabilities = await capabilitiesFor(isInsecure);
  // An engine that is spared when memory runs out does not spare what it runs.
  const oomScoreAdj = Math.max(0, Number(await readFile("/proc/self/oom_score_adj", "utf8")));
  return { args, env, cwd, capabilities, ulimits, oomScoreAdj };
}

/** One more process of a container: as its first one, but for what is asked for. */
async function execConfig(spec: RunSpec, first: ProcessFacts, exec: ExecSpec): Promise<object> {
  const { args, cwd = first.cwd, isPrivileged = false, terminal } = exec;
  const env = mergeEnvironments(containerEnvironment(spec.hostname, { hasTerminal: terminal !== undefined }), spec.env, exec.env ?? []);
  const user = exec.user === undefined ? first.user : await userIn(spec.root, exec.user);
  const capabilities = isPrivileged ? await ownCapabilities() : first.capabilities;
  return processConfig({ ...first, args, env, cwd, user, capabilities, terminal });
}

async function writeConfig(bundle: string, config: object): Promise<void> {
  await writeFile(join(bundle, "config.json"), JSON.stringify(config), { mode: 0o600 });
}

/** Everything that a real process gets, but for a root with something in it. */
async function writeProbe(bundle: string, program: string): Promise<void> {
  const root = join(bundle, "root");
  await mkdir(root, { recursive: true });
  const spec: RunSpec = { root, args: [program], env: [], user: "", cwd: "/", hostname: "probe", network: "none" };
  const config = bundleConfig(spec, {
    process: { ...(await processFacts(spec)), user: { uid: 0, gid: 0, additionalGids: [] }, terminal: undefined },
    cgroupsPath: `/slipway-probe-${process.pid}`,
    networkNamespace: undefined,
    hostsFile: await writeShared(join(bundle, "hosts"), ""),
    resolvFile: await writeShared(join(bundle, "resolv.conf"), ""),
    ...machineFacts(),
  });
  await writeConfig(bundle, config);
}
