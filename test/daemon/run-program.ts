import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { fileURLToPath } from "node:url";

export const STUB = fileURLToPath(new URL("stub-daemon.ts", import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs until it ends or the test does. */
export class RunningProgram implements AsyncDisposable {
  readonly child: ChildProcess;
  /** Resolves when the process has ended and everything it said is here. */
  readonly exit: Promise<Exit>;
  stdout = "";
  stderr = "";
  readonly #watchers = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding("utf8").on("data", (text) => this.#heard(() => (this.stdout += String(text))));
    child.stderr?.setEncoding("utf8").on("data", (text) => this.#heard(() => (this.stderr += String(text))));
    this.exit = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#heard(() => undefined);
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** Resolves once the program has said `words`, on either stream; rejects when it ends first. */
  async says(words: string): Promise<void> {
    while (!this.stdout.includes(words) && !this.stderr.includes(words)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`ended without saying "${words}":\n${this.stderr}`);
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exit;
  }

  #heard(note: () => void): void {
    note();
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
  }
}

/** Starts a TypeScript program as `npm start` does. */
export function startProgram(path: string, args: readonly string[]): RunningProgram {
  return new RunningProgram(spawn(process.execPath, ["--conditions=source", path, ...args], { stdio: ["ignore", "pipe", "pipe"] }));
}

/** Asks over a unix socket; resolves with the answer's head, whose body may still be coming. */
export async function askSocket(socketPath: string, path: string): Promise<IncomingMessage> {
  const sent = request({ socketPath, path, agent: false });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response;
}

export async function bodyOf(response: AsyncIterable<unknown>): Promise<string> {
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return body;
}
