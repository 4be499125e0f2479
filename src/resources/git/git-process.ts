import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { internal } from "#errors";
import { startProgram } from "#programs";
import type { RunningProgram } from "#programs";

export interface GitCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
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
  readonly #running: RunningProgram;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #signal: AbortSignal;

  constructor({ program, args, environment, cwd, signal }: GitCommand) {
    signal.throwIfAborted();
    this.#running = startProgram(program, args, { package: "git", environment, cwd, signal, withChildren: true, stdio: "pipe" });
    this.#child = this.#running.child as ChildProcessWithoutNullStreams;
    this.#signal = signal;
    // A git that ends early says why by its exit.
    this.#child.stdin.on("error", () => undefined);
  }

  get stdin(): NodeJS.WritableStream {
    return this.#child.stdin;
  }

  get stdout(): AsyncIterable<Buffer> {
    return this.#child.stdout as AsyncIterable<Buffer>;
  }

  /** @throws GitFailure unless it ended well. */
  async ended(): Promise<void> {
    const code = await this.#running.exitCode;
    this.#signal.throwIfAborted();
    if (code !== 0) throw new GitFailure(this.#running.words());
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
    this.#running.kill();
    // What is not read would keep it from being over.
    this.#child.stdout.resume();
    await this.#running.exitCode.catch(() => undefined);
  }
}
