import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Output, TerminalSize } from "../run-spec.ts";
import type { ProcessEnd, ProcessInput, RunningExec } from "../running-container.ts";
import { birthOf } from "./birth.ts";
import type { Containment } from "./container-end.ts";
import { execFailure, launch } from "./launch.ts";
import type { PipeNames } from "./pipe-names.ts";
import { ProcessStreams } from "./process-streams.ts";
import { startRuntime } from "./runtime-program.ts";
import { processFinished, sendSignal } from "./send-signal.ts";
import { resizeTerminal } from "./terminal.ts";

export interface ExecSetup extends Containment {
  readonly bundle: string;
  readonly pipes: PipeNames;
  readonly keepsInputOpen: boolean;
  readonly terminal: TerminalSize | undefined;
  /** The process as runtimes want it described. */
  readonly process: object;
}

interface ExecPlace {
  readonly folder: string;
  readonly terminal: TerminalSize | undefined;
}

/** One more process in a container that runs. */
export class Exec implements RunningExec {
  readonly pid: number;
  readonly output: AsyncIterable<Output>;
  readonly input: ProcessInput | undefined;
  readonly ended: Promise<ProcessEnd>;
  readonly #streams: ProcessStreams;
  readonly #terminalFolder: string | undefined;
  readonly #birth: string | undefined;
  #isOver = false;

  private constructor(streams: ProcessStreams, pid: number, exitCode: Promise<number>, { folder, terminal }: ExecPlace) {
    this.pid = pid;
    this.#birth = birthOf(pid);
    this.#terminalFolder = terminal === undefined ? undefined : folder;
    this.#streams = streams;
    this.output = streams.read();
    this.input = streams.input;
    this.ended = exitCode.then(async (code) => {
      this.#isOver = true;
      streams.closeInput();
      await rm(folder, { recursive: true, force: true });
      return { exitCode: code, isOomKilled: false };
    });
    // Who disposes of it has it thrown there.
    this.ended.catch(() => undefined);
  }

  static async start({ program, place, bundle, pipes, keepsInputOpen, terminal, process }: ExecSetup): Promise<Exec> {
    const folder = await mkdtemp(join(bundle, "exec-"));
    await using failing = new AsyncDisposableStack();
    failing.defer(() => rm(folder, { recursive: true, force: true }));
    const description = join(folder, "process.json");
    await writeFile(description, JSON.stringify(process), { mode: 0o600 });
    const streams = failing.use(await ProcessStreams.open(pipes, { keepsInputOpen, hasTerminal: terminal !== undefined }));
    const launched = launch(folder, () =>
      startRuntime(program, place, ["exec", "--process", description], { folder, stdio: streams.childEnds, terminal }),
    );
    streams.closeChildEnds();
    const pid = await launched.pid;
    if (pid === undefined) throw await execFailure(folder, launched.runtime);
    failing.move();
    return new Exec(streams, pid, launched.runtime.exitCode, { folder, terminal });
  }

  isGone(): boolean {
    return this.#isOver || this.#birth === undefined || birthOf(this.pid) !== this.#birth;
  }

  async signal(signal: number): Promise<void> {
    await Promise.resolve();
    if (this.#isOver) throw processFinished();
    sendSignal(this.pid, signal);
  }

  async resize(size: TerminalSize): Promise<void> {
    if (this.#isOver) throw processFinished();
    if (this.#terminalFolder !== undefined) await resizeTerminal(this.#terminalFolder, size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) await this.signal(9).catch(() => undefined);
    await this.ended;
    this.#streams[Symbol.dispose]();
  }
}
