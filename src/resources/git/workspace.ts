import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cancelled, EngineError, internal, invalidArgument, throwIfAborted } from "#errors";
import type { ProxyConfig } from "#network";
import { ConnectionGuard } from "./connection-guard.ts";
import { gitEnvironment } from "./git-environment.ts";
import type { GitSetting } from "./git-environment.ts";
import { GitFailure, GitProcess } from "./git-process.ts";
import type { GitLimits } from "./limits.ts";

export interface WorkspaceRules {
  /** Where temporary directories go. */
  readonly directory: string;
  readonly program: string;
  readonly proxy: ProxyConfig;
  readonly allows: (address: string) => boolean;
  readonly limits: GitLimits;
  readonly signal: AbortSignal | undefined;
}

/** Which repository a command is about, and as whom it goes out. */
export type GitPlace = Pick<GitSetting, "repository" | "access">;

/** One checkout's temporary directory, and the git that works in it. All of it goes when it is disposed of. */
export class Workspace implements AsyncDisposable {
  readonly limits: GitLimits;
  readonly allows: WorkspaceRules["allows"];
  readonly #path: string;
  readonly #rules: WorkspaceRules;
  readonly #guard: ConnectionGuard;
  readonly #deadline: AbortSignal;
  readonly #stop = new AbortController();
  #repositories = 0;

  private constructor(path: string, rules: WorkspaceRules, guard: ConnectionGuard) {
    this.#path = path;
    this.#rules = rules;
    this.#guard = guard;
    this.limits = rules.limits;
    this.allows = rules.allows;
    this.#deadline = AbortSignal.timeout(rules.limits.maxTimeMs);
  }

  static async open(rules: WorkspaceRules): Promise<Workspace> {
    throwIfAborted(rules.signal);
    const path = await mkdtemp(join(rules.directory, "checkout-"));
    try {
      await mkdir(join(path, "home"));
      return new Workspace(path, rules, await ConnectionGuard.open(rules));
    } catch (error) {
      await rm(path, { recursive: true, force: true });
      throw error;
    }
  }

  /** A path for a repository; nothing is there yet. */
  newRepository(): string {
    this.#repositories += 1;
    return join(this.#path, `repository-${this.#repositories}`);
  }

  /** @throws GitFailure when git says no. Dispose of it. */
  start(place: GitPlace, args: readonly string[]): GitProcess {
    const { program, signal } = this.#rules;
    const setting = { ...place, home: join(this.#path, "home"), proxy: this.#guard.url };
    const signals = [this.#deadline, this.#stop.signal, ...(signal === undefined ? [] : [signal])];
    return new GitProcess({ program, args, environment: gitEnvironment(setting), cwd: this.#path, signal: AbortSignal.any(signals) });
  }

  /** The output of a command that ends by itself. @throws in our words when git says no. */
  async run(place: GitPlace, args: readonly string[]): Promise<string> {
    try {
      await using git = this.start(place, args);
      return await git.text();
    } catch (error) {
      throw this.explain(error);
    }
  }

  /** As `run`, for what goes to the network; ends when more comes than is allowed. */
  async receive(place: GitPlace, args: readonly string[]): Promise<void> {
    const stopped = new AbortController();
    const watching = this.#watchSize(place.repository, stopped.signal);
    try {
      await this.run(place, args);
    } finally {
      stopped.abort();
      await watching;
    }
    await this.#requireSize(place.repository);
  }

  /** What ended a command, in words for whoever asked. */
  explain(error: unknown): unknown {
    throwIfAborted(this.#rules.signal);
    if (this.#stop.signal.aborted) return this.#stop.signal.reason;
    if (this.#deadline.aborted) return internal("error fetching: it takes longer than is allowed");
    if (this.#guard.refusal !== undefined) return this.#guard.refusal;
    if (error instanceof GitFailure) return internal(`error fetching: ${error.stderr}`, { cause: error });
    return error instanceof EngineError || !(error instanceof Error) || error.name !== "AbortError" ? error : cancelled(error);
  }

  /** git has no limit of its own for what it receives. */
  async #watchSize(repository: string, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await this.#requireSize(repository).catch((error: unknown) => this.#stop.abort(error));
      await sleep(100, undefined, { signal: stopped }).catch(() => undefined);
    }
  }

  async #requireSize(repository: string): Promise<void> {
    const { maxSize } = this.limits;
    if ((await directorySize(repository)) > maxSize)
      throw invalidArgument(`error fetching: the repository is larger than ${maxSize} bytes`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(cancelled());
    await this.#guard[Symbol.asyncDispose]();
    await rm(this.#path, { recursive: true, force: true });
  }
}

/** Bytes of all files below, as far as they are there: files come and go meanwhile. */
async function directorySize(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  let size = 0;
  for (const entry of entries.filter((one) => one.isFile())) {
    size += await stat(join(entry.parentPath, entry.name)).then(
      (found) => found.size,
      () => 0,
    );
  }
  return size;
}
