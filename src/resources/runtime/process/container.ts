import { cancelled } from "#errors";
import { limitResources } from "../bundle/resources.ts";
import type { ContainerStats } from "../cgroups/container-stats.ts";
import { canLimitSwap, ControlGroup } from "../cgroups/control-group.ts";
import { countOomKills, OomWatch } from "../cgroups/oom-watch.ts";
import { readStats } from "../cgroups/read-stats.ts";
import type { ExecSpec, Output, ResourceLimits, TerminalSize } from "../run-spec.ts";
import type { ProcessEnd, ProcessInput, RunningContainer, RunningExec } from "../running-container.ts";
import { birthOf } from "./birth.ts";
import { ContainerEnd } from "./container-end.ts";
import type { Containment } from "./container-end.ts";
import { Exec } from "./exec.ts";
import { launch, launchFailure } from "./launch.ts";
import type { PipeNames } from "./pipe-names.ts";
import type { ProcessStreams } from "./process-streams.ts";
import { commandRuntime } from "./runtime-command.ts";
import { startRuntime } from "./runtime-program.ts";
import { processFinished, sendSignal } from "./send-signal.ts";
import { resizeTerminal } from "./terminal.ts";

export interface ContainerSetup extends Containment {
  readonly bundle: string;
  /** For what else runs in it. */
  readonly pipes: PipeNames;
  readonly streams: ProcessStreams;
  readonly terminal: TerminalSize | undefined;
  /** One more process in it, as runtimes want it described. */
  readonly describeExec: (spec: ExecSpec) => Promise<object>;
  /** @throws not-found, invalid-argument. */
  readonly requireUser: (user: string) => Promise<void>;
  readonly hasOwnNetwork: boolean;
  readonly hasMemoryLimit: boolean;
  /** How often the kernel had killed for lack of memory when the container was made. */
  readonly oomKillsBefore: number;
}

const SIGKILL = 9;

/** One container, from its bundle to its end. */
export class Container implements RunningContainer {
  readonly pid: number;
  readonly output: AsyncIterable<Output>;
  readonly input: ProcessInput | undefined;
  readonly ended: Promise<ProcessEnd>;
  readonly outOfMemory: Promise<void>;
  readonly #setup: ContainerSetup;
  readonly #group: ControlGroup;
  readonly #end: ContainerEnd;
  readonly #oom: OomWatch;
  readonly #execs = new Set<Promise<unknown>>();
  #wasKilled = false;
  readonly #birth: string | undefined;
  #isOver = false;

  private constructor(setup: ContainerSetup, pid: number, end: ContainerEnd, exitCode: Promise<number>, held: AsyncDisposableStack) {
    this.pid = pid;
    this.#birth = birthOf(pid);
    this.#setup = setup;
    this.#group = new ControlGroup(setup.cgroupsPath);
    this.#oom = new OomWatch(this.#group, { isLimited: setup.hasMemoryLimit });
    this.outOfMemory = this.#oom.happened;
    this.#end = end;
    this.output = setup.streams.read();
    this.input = setup.streams.input;
    this.ended = exitCode.then((code) => this.#finish(code, held));
    // Who disposes of it has it thrown there.
    this.ended.catch(() => undefined);
  }

  /** @param held is released when the container has ended, or has not started. */
  static async start(setup: ContainerSetup, held: AsyncDisposableStack, signal: AbortSignal | undefined): Promise<Container> {
    const { bundle, streams, program, place, terminal } = setup;
    await using holding = held.move();
    const { runtime, pid: started } = launch(bundle, () =>
      startRuntime(program, place, ["run", "--bundle", bundle], { folder: bundle, stdio: streams.childEnds, terminal }),
    );
    streams.closeChildEnds();
    const end = new ContainerEnd(setup, runtime);
    holding.defer(() => end.sweep());
    const stop = (): void => void end.kill();
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
    const pid = await started.finally(() => signal?.removeEventListener("abort", stop));
    if (signal?.aborted === true) {
      await end.kill();
      throw cancelled(signal.reason);
    }
    if (pid === undefined) throw await launchFailure(bundle, runtime);
    return new Container(setup, pid, end, runtime.exitCode, holding.move());
  }

  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  isGone(): boolean {
    return this.#isOver || this.#birth === undefined || birthOf(this.pid) !== this.#birth;
  }

  async signal(signal: number): Promise<void> {
    await Promise.resolve();
    if (this.#isOver) throw processFinished();
    this.#wasKilled ||= signal === SIGKILL;
    sendSignal(this.pid, signal);
  }

  pause(): Promise<void> {
    return this.#command(["pause"]);
  }

  resume(): Promise<void> {
    return this.#command(["resume"]);
  }

  async update(limits: ResourceLimits): Promise<void> {
    const resources = await limitResources(limits, { limitsSwap: canLimitSwap() });
    await this.#command(["update", "--resources", "-"], JSON.stringify(resources));
  }

  stats(): Promise<ContainerStats> {
    return readStats(this.#group, this.#setup.hasOwnNetwork ? this.pid : undefined);
  }

  processes(): Promise<readonly number[]> {
    return this.#group.processes();
  }

  requireUser(user: string): Promise<void> {
    return this.#setup.requireUser(user);
  }

  exec(spec: ExecSpec): Promise<RunningExec> {
    const starting = this.#startExec(spec);
    const over = starting.then(({ ended }) => ended);
    this.#execs.add(over);
    const forget = (): void => void this.#execs.delete(over);
    over.then(forget, forget);
    return starting;
  }

  async #startExec(spec: ExecSpec): Promise<Exec> {
    const process = await this.#setup.describeExec(spec);
    if (this.#isOver) throw processFinished();
    try {
      return await Exec.start({ ...this.#setup, keepsInputOpen: spec.keepsInputOpen, terminal: spec.terminal, process });
    } catch (error) {
      throw this.#isEnding() ? processFinished(error) : error;
    }
  }

  async #command(command: readonly [string, ...string[]], input?: string): Promise<void> {
    if (this.#isOver) throw processFinished();
    try {
      await commandRuntime(this.#setup, this.#setup.bundle, command, input);
    } catch (error) {
      throw this.#isEnding() ? processFinished(error) : error;
    }
  }

  /** Everything that runs in there; idempotent. */
  async kill(): Promise<void> {
    this.#wasKilled = true;
    if (!this.#isOver) await this.#end.kill();
  }

  async resize(size: TerminalSize): Promise<void> {
    if (this.#isOver) throw processFinished();
    if (this.#setup.terminal !== undefined) await resizeTerminal(this.#setup.bundle, size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.ended;
    this.#setup.streams[Symbol.dispose]();
  }

  /** Runtimes have many words for what is on its way out. */
  #isEnding(): boolean {
    return this.#wasKilled || this.isGone();
  }

  /** Whatever else ran in it has ended with it. */
  async #finish(exitCode: number, held: AsyncDisposableStack): Promise<ProcessEnd> {
    this.#isOver = true;
    this.#setup.streams.closeInput();
    await Promise.allSettled(this.#execs);
    await held.disposeAsync();
    await this.#lookForOom(exitCode);
    return { exitCode, isOomKilled: this.#oom.hasHappened };
  }

  /** Its control group is gone by now; nobody but the kernel kills without a word, and it counts how often it did. */
  async #lookForOom(exitCode: number): Promise<void> {
    this.#oom[Symbol.dispose]();
    if (exitCode !== 128 + SIGKILL || this.#wasKilled) return;
    if ((await countOomKills()) > this.#setup.oomKillsBefore) this.#oom.mark();
  }
}
