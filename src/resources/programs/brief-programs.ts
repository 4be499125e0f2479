import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import { internal } from "#errors";
import { ENVIRONMENT, missingProgram } from "./program.ts";
import type { ProgramOptions } from "./program.ts";

/** Bytes of what a program says that are passed on: with them an answer is one write, which no other comes into. */
const MAX_WORDS = 3000;
const IDLE_MS = 10_000;
const NOT_FOUND = 127;

/**
 * Runs a program that is done in a moment, has no input and little to say, and gives all that it said.
 *
 * A shell of its own starts it. Node forks, which for a process with much memory takes longer than such a program runs,
 * and holds up everything else meanwhile; a shell is small. It goes when it has had nothing to do for a while, and with us.
 *
 * @throws as `runProgram`.
 */
export async function runBriefly(name: string, args: readonly string[], options: Pick<ProgramOptions, "package" | "cwd">): Promise<string> {
  if ([name, ...args].some((word) => word.includes("\0"))) throw internal(`cannot run ${name}: a word of its command has a NUL`);
  shell ??= new Shell((gone) => {
    if (shell === gone) shell = undefined;
  });
  const { exitCode, words } = await shell.run([name, ...args], options.cwd);
  if (exitCode === NOT_FOUND) throw missingProgram(name, options);
  if (exitCode !== 0) throw internal(`${name} failed: ${words.trim() === "" ? `exit code ${exitCode}` : words.trim()}`);
  return words;
}

let shell: Shell | undefined;

interface Ended {
  readonly exitCode: number;
  readonly words: string;
}

/** A shell that takes commands on its input, runs them side by side, and tells of each that has ended. */
class Shell {
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, PromiseWithResolvers<Ended>>();
  readonly #decoder = new StringDecoder("utf8");
  readonly #onGone: (gone: Shell) => void;
  #told = "";
  #nextId = 1;
  #idle: NodeJS.Timeout | undefined;

  constructor(onGone: (gone: Shell) => void) {
    this.#onGone = onGone;
    // In a session of its own: what ends us by the terminal leaves it, and it what it runs, to the end.
    this.#process = spawn("/bin/sh", [], { stdio: ["pipe", "pipe", "ignore"], env: ENVIRONMENT, detached: true, cwd: "/" });
    this.#process.stdout?.on("data", (bytes: Buffer) => this.#hear(bytes));
    this.#process.stdin?.on("error", () => undefined);
    this.#process.once("error", (error) => this.#fail(error));
    this.#process.once("exit", () => this.#onGone(this));
    this.#process.once("close", () => this.#fail(internal("the shell that runs programs ended")));
    this.#process.unref();
    this.#hold(false);
    this.#process.stdin?.write("trap '' INT TERM HUP\n");
  }

  run(words: readonly string[], cwd: string | undefined): Promise<Ended> {
    const id = this.#nextId++;
    const ended = Promise.withResolvers<Ended>();
    this.#pending.set(id, ended);
    clearTimeout(this.#idle);
    this.#hold(true);
    const place = cwd === undefined ? "" : `cd ${quote(cwd)} && `;
    const command = `o=$(${place}exec ${words.map(quote).join(" ")} 2>&1)`;
    // The shell takes note of those that have ended before only when it is asked for them.
    this.#process.stdin?.write(`{ ${command}; printf '%s %s %.${MAX_WORDS}s\\000' ${id} $? "$o"; } & jobs >/dev/null\n`);
    return ended.promise;
  }

  #hear(bytes: Buffer): void {
    const answers = (this.#told + this.#decoder.write(bytes)).split("\0");
    this.#told = answers.pop() ?? "";
    for (const answer of answers) {
      const [, id, exitCode, words = ""] = /^(\d+) (\d+) (.*)$/s.exec(answer) ?? [];
      this.#pending.get(Number(id))?.resolve({ exitCode: Number(exitCode), words });
      this.#pending.delete(Number(id));
    }
    if (this.#pending.size > 0) return;
    this.#hold(false);
    this.#idle = setTimeout(() => this.#leave(), IDLE_MS).unref();
  }

  #leave(): void {
    this.#onGone(this);
    this.#process.stdin?.end();
  }

  #fail(error: Error): void {
    this.#onGone(this);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  /** Only who waits for an answer keeps the program alive. */
  #hold(isHeld: boolean): void {
    for (const stream of [this.#process.stdin, this.#process.stdout]) {
      const socket = stream as unknown as { ref(): void; unref(): void } | null;
      if (isHeld) socket?.ref();
      else socket?.unref();
    }
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
