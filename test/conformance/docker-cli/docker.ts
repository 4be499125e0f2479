import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";

import { openDaemon } from "../daemon.ts";
import type { TestDaemon } from "../daemon.ts";
import { Terminal } from "./terminal.ts";

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** The stock client in front of an empty daemon of its own. */
export interface Docker extends AsyncDisposable {
  /** For archives to load and to save. */
  readonly folder: string;
  /** Kills a client that takes longer than any of these commands may: a hang is a failure, with what it said so far. */
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Standard output of a command that must succeed, with nothing on the other stream. */
  print(...args: readonly string[]): Promise<string>;
  /** What a user sees on a terminal of 120 columns. */
  onTerminal(...args: readonly string[]): Promise<string>;
  /** A command that goes on, by the lines it prints; leaving the loop ends it. */
  follow(...args: readonly string[]): AsyncIterableIterator<string>;
  /** The same for somebody who sits in front of it and types. */
  terminal(...args: readonly string[]): Terminal;
  /** Writes a file into the folder; its path. */
  file(name: string, bytes: Uint8Array | string): Promise<string>;
}

const PATIENCE_MS = 20_000;

/** Why the tests of this folder cannot run here; `false` when they can. */
export const skip: string | false = whyNot();

export async function openDocker(): Promise<Docker> {
  const daemon = await openDaemon();
  const config = `${daemon.folder}/config`;
  await mkdir(config);
  return new DockerCli(daemon, environment({ DOCKER_HOST: `unix://${daemon.socket}`, DOCKER_CONFIG: config }));
}

/** What a client printed, line by line, without the empty ones. */
export function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

class DockerCli implements Docker {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #daemon: TestDaemon;

  constructor(daemon: TestDaemon, env: NodeJS.ProcessEnv) {
    this.folder = daemon.folder;
    this.#env = env;
    this.#daemon = daemon;
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.#end("docker", args, options);
  }

  async print(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(args);
    if (status !== 0 || stderr !== "") throw new Error(`docker ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  async onTerminal(...args: readonly string[]): Promise<string> {
    const line = `stty cols 120; docker ${args.map((arg) => `'${arg}'`).join(" ")}`;
    const { status, stdout } = await this.#end("script", ["-qec", line, "/dev/null"], {});
    if (status !== 0) throw new Error(`docker ${args.join(" ")} ended with ${status}:\n${stdout}`);
    return stdout;
  }

  terminal(...args: readonly string[]): Terminal {
    return Terminal.open(`docker ${args.map((arg) => `'${arg}'`).join(" ")}`, this.#env);
  }

  async *follow(...args: readonly string[]): AsyncIterableIterator<string> {
    const child = spawn("docker", args, { env: this.#env, stdio: ["ignore", "pipe", "inherit"], timeout: PATIENCE_MS });
    const ended = once(child, "exit");
    try {
      yield* createInterface({ input: child.stdout });
    } finally {
      child.kill();
      await ended;
    }
  }

  async file(name: string, bytes: Uint8Array | string): Promise<string> {
    const path = `${this.folder}/${name}`;
    await writeFile(path, bytes);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
  }

  async #end(program: string, args: readonly string[], { stdin, env }: RunOptions): Promise<Outcome> {
    const child = spawn(program, args, { env: { ...this.#env, ...env }, stdio: "pipe", timeout: PATIENCE_MS });
    // A client that refuses its input early is judged by what it says.
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
    const heard = listen(child);
    const [status] = (await once(child, "close")) as [number | null];
    return { status, ...heard() };
  }
}

function listen(child: ChildProcess): () => { stdout: string; stderr: string } {
  const said: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  child.stdout?.on("data", (part: Buffer) => said.stdout.push(part));
  child.stderr?.on("data", (part: Buffer) => said.stderr.push(part));
  return () => ({ stdout: Buffer.concat(said.stdout).toString(), stderr: Buffer.concat(said.stderr).toString() });
}

/** Nothing of the machine's own set-up, such as contexts, plugins and stored logins, may speak with. */
function environment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const rest = Object.entries(process.env).filter(([name]) => !name.startsWith("DOCKER_") && !name.startsWith("BUILD"));
  return { ...Object.fromEntries(rest), TZ: "UTC", LC_ALL: "C", ...own };
}

function whyNot(): string | false {
  const { status, stdout } = spawnSync("docker", ["--version"], { encoding: "utf8" });
  if (status !== 0) return "there is no docker command here";
  const major = Number(/version (\d+)/.exec(stdout)?.[1]);
  return major >= 28 ? false : `the formats are those of docker 28, and this is ${stdout.trim()}`;
}
