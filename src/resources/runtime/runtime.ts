import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MemoryFolder } from "#disk";
import { throwIfAborted } from "#errors";
import { bundleConfig } from "./bundle-config.ts";
import type { BundleFacts } from "./bundle-config.ts";
import { capabilitiesFor } from "./capabilities.ts";
import { Container } from "./container.ts";
import { hostsFile, resolvFile } from "./container-files.ts";
import { guardRoot } from "./guard-root.ts";
import { openNetwork } from "./network.ts";
import { resolveUser } from "./process-user.ts";
import { checkUlimits } from "./process-limits.ts";
import { readInRoot } from "./root-path.ts";
import { deleteContainer, findRuntime, RUNTIMES } from "./runtime-program.ts";
import type { RuntimeName } from "./runtime-program.ts";
import type { RunOptions, RunResult, RunSpec } from "./run-spec.ts";

const RESOLV_FILE = "/etc/resolv.conf";
const CGROUP_FOLDER = "/sys/fs/cgroup";

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
    for (const name of RUNTIMES) {
      const ids = existsSync(join(folder, name)) ? await readdir(join(folder, name)) : [];
      for (const id of ids) await deleteContainer(name, { folder, id });
    }
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
  async run(spec: RunSpec, options: RunOptions): Promise<RunResult> {
    throwIfAborted(options.signal);
    await checkUlimits(spec.ulimits ?? []);
    await guardRoot(spec);
    const user = resolveUser(spec.user, {
      passwd: await readInRoot(spec.root, "/etc/passwd"),
      group: await readInRoot(spec.root, "/etc/group"),
    });
    const folder = await this.#folder.path();
    const program = await this.#findProgram(folder);
    // Control groups are the whole machine's.
    const id = `slipway-${process.pid}-${randomBytes(8).toString("hex")}`;
    const bundle = join(folder, "bundles", id);
    await mkdir(bundle, { recursive: true, mode: 0o700 });
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => rm(bundle, { recursive: true, force: true }));
    const network = cleanUp.use(await openNetwork(spec.network, options.signal));
    const machine = await readFile(RESOLV_FILE, "utf8").catch(() => "");
    const files = {
      hostsFile: await writeShared(join(bundle, "hosts"), hostsFile(spec)),
      resolvFile: await writeShared(join(bundle, "resolv.conf"), resolvFile(machine, network.nameserver)),
    };
    const cgroupsPath = join("/", spec.cgroupParent ?? "", id);
    const facts = { ...files, user, cgroupsPath, networkNamespace: network.namespace, ...(await machineFacts(spec)) };
    await writeConfig(bundle, bundleConfig(spec, facts));
    const container = cleanUp.use(new Container(program, { folder, id }, { bundle, cgroupsPath }));
    return await container.run(options);
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

type MachineFacts = Omit<BundleFacts, "user" | "cgroupsPath" | "networkNamespace" | "hostsFile" | "resolvFile">;

async function machineFacts({ isInsecure = false }: RunSpec): Promise<MachineFacts> {
  const hasCgroup2 = existsSync(join(CGROUP_FOLDER, "cgroup.controllers"));
  return {
    hasCgroup2,
    limitsSwap: hasCgroup2 || existsSync(join(CGROUP_FOLDER, "memory/memory.memsw.limit_in_bytes")),
    architecture: process.arch,
    capabilities: await capabilitiesFor(isInsecure),
    // An engine that is spared when memory runs out does not spare what it runs.
    oomScoreAdj: Math.max(0, Number(await readFile("/proc/self/oom_score_adj", "utf8"))),
  };
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
    user: { uid: 0, gid: 0, additionalGids: [] },
    cgroupsPath: `/slipway-probe-${process.pid}`,
    networkNamespace: undefined,
    hostsFile: await writeShared(join(bundle, "hosts"), ""),
    resolvFile: await writeShared(join(bundle, "resolv.conf"), ""),
    ...(await machineFacts(spec)),
  });
  await writeConfig(bundle, config);
}
