import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { cancelled, internal, unavailable } from "#errors";

export interface ProgramOptions {
  /** The Debian package that has it, for whoever has to install it. */
  readonly package: string;
  readonly cwd?: string | undefined;
  /** Kills the program. */
  readonly signal?: AbortSignal | undefined;
  /** What it starts itself is killed with it. */
  readonly withChildren?: boolean;
  /** Others remove what it walks through: that it misses those files is no failure. */
  readonly mayMissFiles?: boolean;
  /** Beside the path and the locale, which are the system's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: no input, output and errors as pipes. What is said on stderr is kept only when that is a pipe. */
  readonly stdio?: StdioOptions | undefined;
}

export interface RunningProgram {
  readonly child: ChildProcess;
  /**
   * Resolves when the program is gone and its pipes are read to their ends.
   *
   * @throws internal with the program's own words when it failed, unavailable when there is no such program.
   */
  readonly done: Promise<void>;
  /** The exit code, 128 + n for one that signal n ended; throws only when there is no such program. */
  readonly exitCode: Promise<number>;
  /** The end of what it has said on stderr. */
  words(): string;
  /** Idempotent; the program is gone when `exitCode` resolves. */
  kill(): void;
}

/** Where Debian has its programs; not the caller's own path, which may lead anywhere. */
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Names are bytes to us, and in this locale to the programs too. */
export const ENVIRONMENT = { PATH: SYSTEM_PATH, LC_ALL: "C.UTF-8" };

/** Of what a program says when it fails. */
const MAX_WORDS = 4096;
const MAX_OUTPUT = 16 * 1024 * 1024;

/** All lines of it. */
const MISSED_FILES = /^(?:.*: No such file or directory(?:\n|$))+$/;

const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 };

/** Starts a program; the caller reads its stdout and takes care of `done`. */
export function startProgram(name: string, args: readonly string[], options: ProgramOptions): RunningProgram {
  const { cwd, signal, stdio = ["ignore", "pipe", "pipe"], withChildren = false, mayMissFiles = false, environment } = options;
  // Detached is its own process group, by which its children are reached as well.
  const child = spawn(name, args, { cwd, stdio, env: { ...environment, ...ENVIRONMENT }, detached: withChildren });
  let isGone = false;
  const kill = (): void => {
    // Its number may be another's by then.
    if (isGone) return;
    if (withChildren) killGroup(child.pid);
    else child.kill("SIGKILL");
  };
  signal?.addEventListener("abort", kill, { once: true });
  if (signal?.aborted === true) kill();
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = `${words}${text}`.slice(-MAX_WORDS);
  });
  const exitCode = new Promise<number>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => reject(startFailure(name, error, options)));
    child.once("close", (code, ending) => {
      isGone = true;
      signal?.removeEventListener("abort", kill);
      resolve(code ?? 128 + (SIGNALS[ending ?? ""] ?? 0));
    });
  });
  const done = exitCode.then((code) => {
    if (signal?.aborted === true) throw cancelled(signal.reason);
    const isFine = code === 0 || (mayMissFiles && MISSED_FILES.test(words.trim()));
    if (!isFine) throw internal(`${name} failed: ${words.trim() === "" ? `exit code ${code}` : words.trim()}`);
  });
  // Whoever started it may be in the middle of something else when it fails.
  done.catch(() => undefined);
  return { child, done, exitCode, words: () => words.trim(), kill };
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Runs a program to its end and gives what it wrote to stdout. */
export async function runProgram(name: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const { child, done } = startProgram(name, args, options);
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (output.length > MAX_OUTPUT) child.kill("SIGKILL");
  });
  await done;
  return output;
}

function startFailure(name: string, error: NodeJS.ErrnoException, options: ProgramOptions): Error {
  return error.code === "ENOENT" ? missingProgram(name, options, error) : error;
}

export function missingProgram(name: string, options: Pick<ProgramOptions, "package">, cause?: Error): Error {
  return unavailable(`cannot find the program "${name}": install the package ${options.package}`, { cause });
}
