import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "#errors";
import { bundleConfig } from "./bundle-config.ts";
import type { BundleFacts } from "./bundle-config.ts";
import { capabilitiesFor } from "./capabilities.ts";
import { Container } from "./container.ts";
import { hostsFile, resolvFile } from "./container-files.ts";
import { openNetwork } from "./network.ts";
import type { Network } from "./network.ts";
import { resolveUser } from "./process-user.ts";
import { checkUlimits } from "./process-limits.ts";
import { readInRoot } from "./root-path.ts";
import { deleteContainer, findRuntime, RUNTIMES } from "./runtime-program.ts";
import type { RuntimeName } from "./runtime-program.ts";
import type { RunOptions, RunResult, RunSpec } from "./run-spec.ts";

const RESOLV_FILE = "/etc/resolv.conf";

/** Runs processes in containers of their own; see the room's door for what it promises. */
export class Runtime {
  readonly #folder: string;
  #program: Promise<RuntimeName> | undefined;
  #nextId = 1;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Ends what an earlier process left running. */
  static async open(dataRoot: string): Promise<Runtime> {
    const folder = join(dataRoot, "runtime");
    for (const name of RUNTIMES) {
      const ids = existsSync(join(folder, name)) ? await readdir(join(folder, name)) : [];
      for (const id of ids) await deleteContainer(name, { folder, id });
    }
    await rm(folder, { recursive: true, force: true });
    return new Runtime(folder);
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
    const user = resolveUser(spec.user, {
      passwd: await readInRoot(spec.root, "/etc/passwd"),
      group: await readInRoot(spec.root, "/etc/group"),
    });
    const program = await this.#findProgram();
    const id = `slipway-${process.pid}-${this.#nextId++}`;
    const bundle = join(this.#folder, "bundles", id);
    await using cleanUp = new AsyncDisposableStack();
    await mkdir(bundle, { recursive: true, mode: 0o700 });
    // It holds the environment, and that may hold a secret.
    cleanUp.defer(() => rm(bundle, { recursive: true, force: true }));
    const network = cleanUp.use(await openNetwork(spec.network, options.signal));
    await this.#writeFiles(bundle, spec, network);
    const files = { hostsFile: join(bundle, "hosts"), resolvFile: join(bundle, "resolv.conf") };
    const cgroupsPath = join("/", spec.cgroupParent ?? "", id);
    const facts = { ...files, user, cgroupsPath, networkNamespace: network.namespace, ...(await machineFacts(spec)) };
    await writeConfig(bundle, bundleConfig(spec, facts));
    const container = cleanUp.use(new Container(program, { folder: this.#folder, id }, { bundle, cgroupsPath }));
    return await container.run(options);
  }

  #findProgram(): Promise<RuntimeName> {
    this.#program ??= findRuntime(this.#folder, writeProbe).catch((error: unknown) => {
      // What is installed in the meantime is found.
      this.#program = undefined;
      throw error;
    });
    return this.#program;
  }

  async #writeFiles(bundle: string, spec: RunSpec, network: Network): Promise<void> {
    const machine = await readFile(RESOLV_FILE, "utf8").catch(() => "");
    await writeFile(join(bundle, "hosts"), hostsFile(spec));
    await writeFile(join(bundle, "resolv.conf"), resolvFile(machine, network.nameserver));
  }
}

async function machineFacts({ isInsecure = false }: RunSpec): Promise<Pick<BundleFacts, "architecture" | "capabilities" | "hasCgroup2">> {
  const hasCgroup2 = existsSync("/sys/fs/cgroup/cgroup.controllers");
  return { architecture: process.arch, capabilities: await capabilitiesFor(isInsecure), hasCgroup2 };
}

async function writeConfig(bundle: string, config: object): Promise<void> {
  await writeFile(join(bundle, "config.json"), JSON.stringify(config), { mode: 0o600 });
}

/** Everything that a real process gets, but for a root with something in it. */
async function writeProbe(bundle: string, program: string): Promise<void> {
  const root = join(bundle, "root");
  await mkdir(root, { recursive: true });
  for (const name of ["hosts", "resolv.conf"]) await writeFile(join(bundle, name), "");
  const spec: RunSpec = { root, args: [program], env: [], user: "", cwd: "/", hostname: "probe", network: "none" };
  const config = bundleConfig(spec, {
    user: { uid: 0, gid: 0, additionalGids: [] },
    cgroupsPath: `/slipway-probe-${process.pid}`,
    networkNamespace: undefined,
    hostsFile: join(bundle, "hosts"),
    resolvFile: join(bundle, "resolv.conf"),
    ...(await machineFacts(spec)),
  });
  await writeConfig(bundle, config);
}
