import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startProgram } from "#programs";
import type { Output } from "../run-spec.ts";
import type { ProcessEnd, ProcessInput, RunningExec } from "../running-container.ts";
import type { Containment } from "./container-end.ts";
import { execFailure, launch, LOG_FILE, PID_FILE } from "./launch.ts";
import { ProcessStreams } from "./process-streams.ts";
import { runtimeArguments } from "./runtime-program.ts";
import { processFinished, sendSignal } from "./send-signal.ts";

export interface ExecSetup extends Containment {
  readonly bundle: string;
  readonly keepsInputOpen: boolean;
  /** The process as runtimes want it described. */
  readonly process: object;
}

/** One more process in a container that runs. */
export class Exec implements RunningExec {
  readonly pid: number;
  readonly output: AsyncIterable<Output>;
  readonly input: ProcessInput | undefined;
  readonly ended: Promise<ProcessEnd>;
  readonly #streams: ProcessStreams;
  #isOver = false;

  private constructor(streams: ProcessStreams, pid: number, exitCode: Promise<number>, folder: string) {
    this.pid = pid;
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

  static async start({ program, place, bundle, keepsInputOpen, process }: ExecSetup): Promise<Exec> {
    const folder = await mkdtemp(join(bundle, "exec-"));
    await using failing = new AsyncDisposableStack();
    failing.defer(() => rm(folder, { recursive: true, force: true }));
    const description = join(folder, "process.json");
    await writeFile(description, JSON.stringify(process), { mode: 0o600 });
    const streams = failing.use(await ProcessStreams.open(folder, { keepsInputOpen }));
    const args = [...runtimeArguments(program, place, join(folder, LOG_FILE)), "exec", "--process", description];
    const all = [...args, "--pid-file", join(folder, PID_FILE), place.id];
    const launched = launch(folder, () => startProgram(program, all, { package: program, stdio: streams.childEnds }));
    streams.closeChildEnds();
    const pid = await launched.pid;
    if (pid === undefined) throw await execFailure(folder, launched.runtime);
    failing.move();
    return new Exec(streams, pid, launched.runtime.exitCode, folder);
  }

  async signal(signal: number): Promise<void> {
    await Promise.resolve();
    if (this.#isOver) throw processFinished();
    sendSignal(this.pid, signal);
  }

  async resize(): Promise<void> {
    await Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) await this.signal(9).catch(() => undefined);
    await this.ended;
    this.#streams[Symbol.dispose]();
  }
}
