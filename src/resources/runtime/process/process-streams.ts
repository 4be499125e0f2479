import { join } from "node:path";
import { runBriefly } from "#programs";
import type { Output } from "../run-spec.ts";
import type { ProcessInput } from "../running-container.ts";
import { readOutput } from "./output.ts";
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

  /** @param folder where they get their names, for as long as it takes. */
  static async open(folder: string, wanted: StreamsWanted): Promise<ProcessStreams> {
    const outputs: Output["stream"][] = wanted.hasTerminal ? ["stdout"] : ["stdout", "stderr"];
    // A terminal whose other side is closed reads an end of its input.
    const inputs = wanted.hasTerminal || wanted.keepsInputOpen ? ["stdin"] : [];
    const paths = [...inputs, ...outputs].map((name) => join(folder, name));
    await runBriefly("mkfifo", ["-m", "600", ...paths], { package: "coreutils" });
    const stdin = inputs.map((name) => new InputPipe(join(folder, name))).at(0);
    return new ProcessStreams(stdin, new Map(outputs.map((name) => [name, new OutputPipe(join(folder, name))])), wanted);
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
