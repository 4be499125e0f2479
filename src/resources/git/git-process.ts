import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { internal, unavailable } from "#errors";

/** Of standard error, for the message: its end says why. */
const MAX_STDERR = 4096;

export interface GitCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** git said no; `stderr` is what it said. */
export class GitFailure extends Error {
  override readonly name = "GitFailure";
  readonly stderr: string;

  constructor(stderr: string) {
    super(stderr);
    this.stderr = stderr;
  }
}

/** A running git, with all that it starts: they end together. */
export class GitProcess implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<number | null>;
  readonly #signal: AbortSignal;
  readonly #kill: () => void;
  #stderr = "";

  constructor({ program, args, env, cwd, signal }: GitCommand) {
    signal.throwIfAborted();
    // Detached: its own process group, by which its children are reached as well.
    const child = spawn(program, args, { env, cwd, detached: true, stdio: "pipe" });
    this.#child = child;
    this.#signal = signal;
    this.#kill = () => killGroup(child.pid);
    signal.addEventListener("abort", this.#kill, { once: true });
    child.stdin.on("error", () => undefined);
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr = (this.#stderr + text).slice(-MAX_STDERR)));
    this.#closed = once(child, "close").then(
      ([code]) => code as number | null,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        throw unavailable(`the program "${program}" is needed for git repositories and is not installed`, { cause: error });
      },
    );
    // Whoever waits hears of it; whoever disposes does not care.
    this.#closed.catch(() => undefined);
  }

  get stdin(): NodeJS.WritableStream {
    return this.#child.stdin;
  }

  get stdout(): AsyncIterable<Buffer> {
    return this.#child.stdout as AsyncIterable<Buffer>;
  }

  /** @throws GitFailure unless it ended well. */
  async ended(): Promise<void> {
    const code = await this.#closed;
    this.#signal.throwIfAborted();
    if (code !== 0) throw new GitFailure(this.#stderr.trim());
  }

  /** All of its output as text. @throws GitFailure unless it ended well; internal beyond `limit` bytes. */
  async text(limit = 4 * 2 ** 20): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.stdout) {
      size += chunk.byteLength;
      if (size > limit) throw internal(`cannot read the git repository: an answer is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
    await this.ended();
    return Buffer.concat(chunks).toString("utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener("abort", this.#kill);
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#kill();
    this.#child.stdout.destroy();
    await this.#closed.catch(() => undefined);
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It ended by itself just now.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
