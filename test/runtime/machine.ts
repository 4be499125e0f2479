import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTar } from "#archive";
import type { TarHeader } from "#archive";
import { mountPointsOf, Runtime } from "#runtime";
import type { ContainerSpec, Output, RunningContainer, RunningProcess, RunOptions, RunSpec } from "#runtime";
import { Snapshots } from "#snapshots";
import type { SnapshotLayer } from "#snapshots";

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The layer that it leaves, as a tar. */
  readonly layer: Buffer;
}

export type StartRequest = Partial<ContainerSpec> & { readonly chain: readonly SnapshotLayer[]; readonly signal?: AbortSignal };

export type RunRequest = Partial<RunSpec> & Partial<RunOptions> & { readonly chain: readonly SnapshotLayer[] };

/** A data root with both rooms open, and a step of a build on them. */
export class Machine implements AsyncDisposable {
  readonly root: string;
  readonly snapshots: Snapshots;
  readonly runtime: Runtime;
  /** What was started, and what it runs on. */
  readonly #started = new AsyncDisposableStack();

  private constructor(root: string, snapshots: Snapshots, runtime: Runtime) {
    this.root = root;
    this.snapshots = snapshots;
    this.runtime = runtime;
  }

  static async open(root = mkdtempSync(join(tmpdir(), "slipway-run-"))): Promise<Machine> {
    return new Machine(root, await Snapshots.open(root), await Runtime.open(root));
  }

  /** Runs a line of shell, or a program with arguments, and takes the layer. */
  async run(command: string | readonly string[], { chain, signal, onOutput, ...more }: RunRequest): Promise<Ran> {
    const args = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
    const defaults: Omit<RunSpec, "root"> = { args, env: [], user: "", cwd: "/", hostname: "sandbox", network: "none" };
    await using snapshot = await this.snapshots.prepare({ chain, mountPoints: mountPointsOf(more) });
    const said = { stdout: "", stderr: "" };
    const take: RunOptions["onOutput"] = ({ stream, bytes }) => void (said[stream] += Buffer.from(bytes).toString("latin1"));
    const { exitCode } = await this.runtime.run({ ...defaults, ...more, root: snapshot.root }, { signal, onOutput: onOutput ?? take });
    const chunks: Uint8Array[] = [];
    for await (const chunk of snapshot.diff()) chunks.push(chunk);
    return { exitCode, ...said, layer: Buffer.concat(chunks) };
  }

  /** Starts a line of shell, or a program with arguments, on a root of its own that goes when the machine does. */
  async start(command: string | readonly string[], { chain, signal, ...more }: StartRequest): Promise<RunningContainer> {
    const args = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
    const id = randomBytes(32).toString("hex");
    const folder = join(this.root, "containers", id);
    mkdirSync(folder, { recursive: true });
    const defaults = { args, env: [], user: "", cwd: "/", hostname: "box", network: "none", keepsInputOpen: false } as const;
    const snapshot = this.#started.use(await this.snapshots.prepare({ chain, mountPoints: mountPointsOf(more) }));
    const spec = { ...defaults, ...more, id, folder, root: snapshot.root };
    const container = await this.runtime.start(spec, signal === undefined ? {} : { signal });
    return this.#started.use(container);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#started.disposeAsync();
    await this.snapshots[Symbol.asyncDispose]();
    await this.runtime[Symbol.asyncDispose]();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** All that a process says, by stream. */
export async function saidBy({ output }: Pick<RunningProcess, "output">): Promise<Record<Output["stream"], string>> {
  const said = { stdout: "", stderr: "" };
  for await (const { stream, bytes } of output) said[stream] += Buffer.from(bytes).toString("latin1");
  return said;
}

/** Headers of a tar in their order. */
export async function headersOf(tar: Uint8Array): Promise<TarHeader[]> {
  const headers: TarHeader[] = [];
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(tar);
  }
  for await (const { header } of readTar(whole())) headers.push(header);
  return headers;
}

/** Names of a layer in their order. */
export async function namesOf(tar: Uint8Array): Promise<string[]> {
  return (await headersOf(tar)).map(({ path }) => path);
}
