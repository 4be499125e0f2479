import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cancelled } from "#errors";
import { runProgram } from "#programs";
import { removeCgroups } from "./cgroups.ts";
import { OutputPipe } from "./output-pipe.ts";
import { deleteContainer, startContainer } from "./runtime-program.ts";
import type { ContainerPlace, RuntimeName } from "./runtime-program.ts";
import type { Output, RunOptions, RunResult } from "./run-spec.ts";
import { lastError, startFailure } from "./runtime-words.ts";

/** How often it is looked whether the runtime is past its own work. */
const START_POLL_MS = 2;
/** How long a runtime that was told to end its container may take to end itself. */
const GRACE_MS = 2000;

/** One container, from its bundle to its end. Disposing of it leaves no process and no control group. */
export class Container implements AsyncDisposable {
  readonly #program: RuntimeName;
  readonly #place: ContainerPlace;
  readonly #bundle: string;
  readonly #cgroupsPath: string;
  #isOver = true;

  constructor(program: RuntimeName, place: ContainerPlace, { bundle, cgroupsPath }: { bundle: string; cgroupsPath: string }) {
    this.#program = program;
    this.#place = place;
    this.#bundle = bundle;
    this.#cgroupsPath = cgroupsPath;
  }

  async run({ signal, onOutput }: RunOptions): Promise<RunResult> {
    const [out, err] = [join(this.#bundle, "stdout"), join(this.#bundle, "stderr")];
    await runProgram("mkfifo", ["-m", "600", out, err], { package: "coreutils" });
    using stdout = new OutputPipe(out);
    using stderr = new OutputPipe(err);
    this.#isOver = false;
    const { child, exitCode } = startContainer(this.#program, this.#place, this.#bundle, [stdout.writer, stderr.writer]);
    stdout.closeWriter();
    stderr.closeWriter();
    const ended = exitCode.then(() => undefined);
    const stop = (): void => void this.#kill(child, ended);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      if (signal?.aborted === true) stop();
      const forward = (pipe: OutputPipe, stream: Output["stream"]): Promise<void> => this.#forward(pipe, stream, ended, onOutput);
      const results = await Promise.allSettled(
        [forward(stdout, "stdout"), forward(stderr, "stderr")].map((work) =>
          work.catch((error: unknown) => {
            stop();
            throw error;
          }),
        ),
      );
      const code = await exitCode;
      if (signal?.aborted === true) throw cancelled(signal.reason);
      const failed = results.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
      if (!this.#hasStarted())
        throw startFailure(lastError(await readFile(join(this.#bundle, "log"), "utf8").catch(() => "")) ?? `exit code ${code}`);
      this.#isOver = true;
      return { exitCode: code };
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    await deleteContainer(this.#program, this.#place);
    await removeCgroups(this.#cgroupsPath);
  }

  /** What the runtime itself says when it cannot start the process goes to its log, and is nobody's output. */
  async #forward(pipe: OutputPipe, stream: Output["stream"], ended: Promise<void>, onOutput: RunOptions["onOutput"]): Promise<void> {
    for await (const bytes of pipe.read()) {
      if (await this.#waitForStart(ended)) await onOutput({ stream, bytes });
    }
  }

  async #waitForStart(ended: Promise<void>): Promise<boolean> {
    let isOver = false;
    void ended.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    while (!this.#hasStarted() && !isOver) await Promise.race([delay(START_POLL_MS), ended]);
    return this.#hasStarted();
  }

  /** The runtime notes the process's number when it runs. */
  #hasStarted(): boolean {
    return existsSync(join(this.#bundle, "pid"));
  }

  /** A container that is just being made may not be there to be deleted yet; its maker is killed then. */
  async #kill(child: { kill(signal: "SIGKILL"): boolean }, ended: Promise<void>): Promise<void> {
    await deleteContainer(this.#program, this.#place);
    const isSlow = await Promise.race([
      ended.then(
        () => false,
        () => false,
      ),
      delay(GRACE_MS, true),
    ]);
    if (isSlow) child.kill("SIGKILL");
    await ended.catch(() => undefined);
  }
}
