import { cancelled, notFound } from "#errors";
import type { Output } from "../run-spec.ts";
import type { ProcessEnd, ProcessInput, RunningContainer } from "../running-container.ts";
import { ContainerEnd } from "./container-end.ts";
import type { Containment } from "./container-end.ts";
import { launch, launchFailure } from "./launch.ts";
import type { ProcessStreams } from "./process-streams.ts";
import { startContainer } from "./runtime-program.ts";

export interface ContainerSetup extends Containment {
  readonly bundle: string;
  readonly streams: ProcessStreams;
}

/** One container, from its bundle to its end. */
export class Container implements RunningContainer {
  readonly pid: number;
  readonly output: AsyncIterable<Output>;
  readonly input: ProcessInput | undefined;
  readonly ended: Promise<ProcessEnd>;
  readonly #end: ContainerEnd;
  readonly #streams: ProcessStreams;
  #isOver = false;

  private constructor(setup: ContainerSetup, pid: number, end: ContainerEnd, ended: Promise<ProcessEnd>) {
    this.pid = pid;
    this.#end = end;
    this.#streams = setup.streams;
    this.output = setup.streams.read();
    this.input = setup.streams.input;
    this.ended = ended.finally(() => {
      this.#isOver = true;
      setup.streams.closeInput();
    });
    // Who disposes of it has it thrown there.
    this.ended.catch(() => undefined);
  }

  /** @param held is released when the container has ended, or has not started. */
  static async start(setup: ContainerSetup, held: AsyncDisposableStack, signal: AbortSignal | undefined): Promise<Container> {
    const { bundle, streams, program, place } = setup;
    await using holding = held.move();
    const { runtime, pid: started } = launch(bundle, () => startContainer(program, place, bundle, streams.childEnds));
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
    const resources = holding.move();
    return new Container(setup, pid, end, outcome(runtime.exitCode, resources));
  }

  signal(signal: number): Promise<void> {
    if (this.#isOver) return Promise.reject(notFound("process already finished"));
    process.kill(this.pid, signal);
    return Promise.resolve();
  }

  /** Everything that runs in there; idempotent. */
  async kill(): Promise<void> {
    if (!this.#isOver) await this.#end.kill();
  }

  resize(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.ended;
    this.#streams[Symbol.dispose]();
  }
}

async function outcome(exitCode: Promise<number>, resources: AsyncDisposableStack): Promise<ProcessEnd> {
  try {
    return { exitCode: await exitCode, isOomKilled: false };
  } finally {
    await resources.disposeAsync();
  }
}
