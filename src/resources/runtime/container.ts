import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cancelled } from "#errors";
import { runProgram } from "#programs";
import type { RunningProgram } from "#programs";
import { removeCgroups } from "./cgroups.ts";
import { OutputPipe } from "./output-pipe.ts";
import { deleteContainer, startContainer } from "./runtime-program.ts";
import type { ContainerPlace, RuntimeName } from "./runtime-program.ts";
import type { Output, RunOptions, RunResult } from "./run-spec.ts";
import { lastError, startFailure } from "./runtime-words.ts";

/** How often it is looked whether the runtime is past its own work. */
const START_POLL_MS = 2;

/** How often, and how long apart, a runtime is told to end its container before it is ended itself. */
const KILL_ATTEMPTS = 20;
const KILL_PAUSE_MS = 50;

/** One container, from its bundle to its end. Disposing of it leaves no process and no control group. */
export class Container implements AsyncDisposable {
  readonly #program: RuntimeName;
  readonly #place: ContainerPlace;
  readonly #bundle: string;
  readonly #cgroupsPath: string;
  readonly #stopped = Promise.withResolvers<void>();
  #running: RunningProgram | undefined;
  #killing: Promise<void> | undefined;
  #isOver = false;

  constructor(program: RuntimeName, place: ContainerPlace, { bundle, cgroupsPath }: { bundle: string; cgroupsPath: string }) {
    this.#program = program;
    this.#place = place;
    this.#bundle = bundle;
    this.#cgroupsPath = cgroupsPath;
  }

  /** Once. The process has ended when this settles, but after a failure only disposing ends everything. */
  async run({ signal, onOutput }: RunOptions): Promise<RunResult> {
    const [out, err] = [join(this.#bundle, "stdout"), join(this.#bundle, "stderr")];
    await runProgram("mkfifo", ["-m", "600", out, err], { package: "coreutils" });
    using stdout = new OutputPipe(out);
    using stderr = new OutputPipe(err);
    this.#running = startContainer(this.#program, this.#place, this.#bundle, [stdout.writer, stderr.writer]);
    stdout.closeWriter();
    stderr.closeWriter();
    const stop = (): void => this.#stop();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      if (signal?.aborted === true) stop();
      await Promise.all([this.#forward(stdout, "stdout", onOutput), this.#forward(stderr, "stderr", onOutput)]);
      const exitCode = await this.#running.exitCode;
      if (signal?.aborted === true) throw cancelled(signal.reason);
      if (!this.#hasStarted()) throw await this.#startFailure(exitCode);
      this.#isOver = true;
      return { exitCode };
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver || this.#running === undefined) return;
    this.#stop();
    await this.#killing;
    await deleteContainer(this.#program, this.#place);
    await removeCgroups(this.#cgroupsPath);
  }

  /** What the runtime itself says when it cannot start the process goes to its log, and is nobody's output. */
  async #forward(pipe: OutputPipe, stream: Output["stream"], onOutput: RunOptions["onOutput"]): Promise<void> {
    for await (const bytes of pipe.read()) {
      if (this.#killing !== undefined || !(await this.#waitForStart())) continue;
      // Whoever does not take it any more must not keep an aborted process from ending.
      await Promise.race([onOutput({ stream, bytes }), this.#stopped.promise]);
    }
  }

  async #waitForStart(): Promise<boolean> {
    const ended = this.#ended();
    for (let isOver = false; !this.#hasStarted() && !isOver;) isOver = await Promise.race([ended, delay(START_POLL_MS, false)]);
    return this.#hasStarted();
  }

  /** The runtime notes the process's number when it runs. */
  #hasStarted(): boolean {
    return existsSync(join(this.#bundle, "pid"));
  }

  async #startFailure(exitCode: number): Promise<Error> {
    const log = await readFile(join(this.#bundle, "log"), "utf8").catch(() => "");
    return startFailure(lastError(log) ?? `exit code ${exitCode}`);
  }

  #stop(): void {
    this.#killing ??= this.#kill();
    this.#stopped.resolve();
  }

  /** A container that is just being made may not be there to be deleted yet; in the end its maker is killed. */
  async #kill(): Promise<void> {
    const ended = this.#ended();
    for (let attempt = 0; attempt < KILL_ATTEMPTS; attempt++) {
      await deleteContainer(this.#program, this.#place);
      if (await Promise.race([ended, delay(KILL_PAUSE_MS, false)])) return;
    }
    this.#running?.child.kill("SIGKILL");
    await ended;
  }

  async #ended(): Promise<true> {
    await this.#running?.exitCode.catch(() => undefined);
    return true;
  }
}
