import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** Why nobody can sit in front of a terminal here; `false` when somebody can. */
export const NO_TERMINAL: string | false = spawnSync("tmux", ["-V"]).status === 0 ? false : "tmux is not installed";

const POLL_MS = 20;
const PATIENCE_MS = 15_000;

/** A terminal of 100 columns and 30 rows with a command in it, and somebody who types. */
export class Terminal implements AsyncDisposable {
  readonly #server: string;

  private constructor(server: string) {
    this.#server = server;
  }

  static open(command: string, env: NodeJS.ProcessEnv): Terminal {
    const terminal = new Terminal(`slipway-${process.pid}-${Math.random().toString(36).slice(2)}`);
    // The shell stays, so that its last line can be read.
    terminal.#tmux(["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", `${command}; echo "ended with $?"; exec cat`], env);
    return terminal;
  }

  type(...keys: readonly string[]): void {
    this.#tmux(["send-keys", ...keys]);
  }

  resize(columns: number, rows: number): void {
    this.#tmux(["resize-window", "-x", String(columns), "-y", String(rows)]);
  }

  /** Looks at the screen until it shows the words; there is nothing else that tells when. */
  async shows(words: RegExp): Promise<string> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const screen = this.#tmux(["capture-pane", "-p"]);
      if (words.test(screen)) return screen;
      if (Date.now() > end) throw new Error(`the terminal does not show ${String(words)}:\n${screen}`);
      await delay(POLL_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
    this.#tmux(["kill-server"]);
  }

  #tmux(args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
    return spawnSync("tmux", ["-L", this.#server, ...args], { encoding: "utf8", env }).stdout;
  }
}
