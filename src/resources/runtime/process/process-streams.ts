import { rmSync } from "node:fs";
import type { Output } from "../run-spec.ts";
import type { ProcessInput } from "../running-container.ts";
import { readOutput } from "./output.ts";
import type { PipeNames } from "./pipe-names.ts";
import { InputPipe, OutputPipe } from "./pipes.ts";

/** Which streams a process gets. */
export interface StreamsWanted {
  readonly keepsInputOpen: boolean;
  /** A terminal is written to and read from, and has no errors of its own. */
  readonly hasTerminal: boolean;
}

/** The streams of one process. Disposing of them breaks its pipes, so it is to be gone by then. */
export class ProcessStreams implements Disposable {
  readonly input: ProcessInput | undefined;
  readonly #stdin: InputPipe | undefined;
  readonly #outputs: ReadonlyMap<Output["stream"], OutputPipe>;

  private constructor(stdin: InputPipe | undefined, outputs: ReadonlyMap<Output["stream"], OutputPipe>, wanted: StreamsWanted) {
    this.#stdin = stdin;
    this.#outputs = outputs;
    if (stdin !== undefined && wanted.keepsInputOpen) this.input = wanted.hasTerminal ? terminalInput(stdin) : stdin;
  }

  static async open(names: PipeNames, wanted: StreamsWanted): Promise<ProcessStreams> {
    const outputs: Output["stream"][] = wanted.hasTerminal ? ["stdout"] : ["stdout", "stderr"];
    // A terminal whose other side is closed reads an end of its input.
    const hasInput = wanted.hasTerminal || wanted.keepsInputOpen;
    const paths = await names.take(outputs.length + (hasInput ? 1 : 0));
    try {
      const stdin = paths.slice(outputs.length).map((path) => new InputPipe(path));
      return new ProcessStreams(stdin[0], new Map(outputs.map((name, index) => [name, new OutputPipe(paths[index] ?? "")])), wanted);
    } finally {
      // Both ends are open, or never will be.
      for (const path of paths) rmSync(path);
    }
  }

  /** What a child inherits. */
  get childEnds(): ("ignore" | number)[] {
    const stderr = this.#outputs.get("stderr")?.writer ?? "ignore";
    return [this.#stdin?.reader ?? "ignore", this.#outputs.get("stdout")?.writer ?? "ignore", stderr];
  }

  /** Once the child has its own: only then do they end with the child. */
  closeChildEnds(): void {
    this.#stdin?.closeReader();
    for (const output of this.#outputs.values()) output.closeWriter();
  }

  read(): AsyncGenerator<Output, void> {
    return readOutput(this.#outputs);
  }

  /** Once nobody is left who could read it. */
  closeInput(): void {
    this.#stdin?.[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.closeInput();
    for (const output of this.#outputs.values()) output[Symbol.dispose]();
  }
}

/** A terminal has no end: whoever has no more to say leaves it to whoever comes next. */
function terminalInput(pipe: InputPipe): ProcessInput {
  return { write: (bytes) => pipe.write(bytes), end: () => undefined };
}
