import type { ContainerStats } from "./cgroups/container-stats.ts";
import type { ExecSpec, Output, ResourceLimits, TerminalSize } from "./run-spec.ts";

/** A process with its streams, from its start to its end. */
export interface RunningProcess {
  /** On the machine. */
  readonly pid: number;
  /**
   * For exactly one reader, as it comes; with a terminal all is `stdout`. The process waits while nobody reads. Who
   * leaves early gets no more of it, and the process goes on as if somebody read.
   */
  readonly output: AsyncIterable<Output>;
  /** Undefined unless the input is kept open. */
  readonly input: ProcessInput | undefined;
  /**
   * The process is over. Its output may still wait to be read.
   *
   * @throws what keeps something of it from being released.
   */
  readonly ended: Promise<ProcessEnd>;
  /** The process itself is over; who has its output need not take it any more for `ended` to come. */
  isGone(): boolean;
  /** By number. @throws not-found once it has ended. */
  signal(signal: number): Promise<void>;
  /** Without a terminal nothing happens. */
  resize(size: TerminalSize): Promise<void>;
}

export interface ProcessInput {
  /** Resolves when it has been handed on. What nobody reads any more is dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /** The process reads to the end of what was written. */
  end(): void;
}

export interface ProcessEnd {
  /** 128 + n when signal n ended it. */
  readonly exitCode: number;
  /** Memory ran out, and the kernel ended it or something that it had started. */
  readonly isOomKilled: boolean;
}

/** To dispose of it kills it, and drops what nobody has read. */
export interface RunningExec extends RunningProcess, AsyncDisposable {}

/**
 * A container that runs. When `ended` resolves, nothing of it is left: no process, no control group, no network. To
 * dispose of it kills it, waits for that, and drops what nobody has read.
 */
export interface RunningContainer extends RunningProcess, AsyncDisposable {
  /** Resolves when memory runs out and the kernel kills something in there for the first time; else never. */
  readonly outOfMemory: Promise<void>;
  /** It was told to die, and does as soon as it is not frozen. */
  readonly wasKilled: boolean;
  /** Freezes everything that runs in there. A signal, also SIGKILL, waits for `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** What is left out stays as it is. */
  update(limits: ResourceLimits): Promise<void>;
  stats(): Promise<ContainerStats>;
  /** On the machine, of everything that runs in there; in their order. */
  processes(): Promise<readonly number[]>;
  /** @throws not-found, invalid-argument, in Docker's words, for a user or group that its tables do not have. */
  requireUser(user: string): Promise<void>;
  /**
   * @throws not-found when the container has ended or has no such user; invalid-argument in Docker's words, with
   *   `details.exitCode`, when the program cannot be started.
   */
  exec(spec: ExecSpec): Promise<RunningExec>;
}
