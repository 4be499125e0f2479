import { join } from "node:path";
import { runBriefly } from "#programs";
import type { Output } from "../run-spec.ts";
import { readOutput } from "./output.ts";
import { InputPipe, OutputPipe } from "./pipes.ts";

/** The streams of one process. Disposing of them breaks its pipes, so it is to be gone by then. */
export class ProcessStreams implements Disposable {
  readonly input: InputPipe | undefined;
  readonly #stdout: OutputPipe;
  readonly #stderr: OutputPipe;

  private constructor(input: InputPipe | undefined, stdout: OutputPipe, stderr: OutputPipe) {
    this.input = input;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** @param folder where they get their names, for as long as it takes. */
  static async open(folder: string, { keepsInputOpen }: { keepsInputOpen: boolean }): Promise<ProcessStreams> {
    const names = ["stdout", "stderr", ...(keepsInputOpen ? ["stdin"] : [])];
    const [stdout = "", stderr = "", stdin] = names.map((name) => join(folder, name));
    await runBriefly("mkfifo", ["-m", "600", ...names.map((name) => join(folder, name))], { package: "coreutils" });
    const input = stdin === undefined ? undefined : new InputPipe(stdin);
    return new ProcessStreams(input, new OutputPipe(stdout), new OutputPipe(stderr));
  }

  /** What a child inherits. */
  get childEnds(): ["ignore" | number, number, number] {
    return [this.input?.reader ?? "ignore", this.#stdout.writer, this.#stderr.writer];
  }

  /** Once the child has its own: only then do they end with the child. */
  closeChildEnds(): void {
    this.input?.closeReader();
    this.#stdout.closeWriter();
    this.#stderr.closeWriter();
  }

  read(): AsyncGenerator<Output, void> {
    return readOutput(
      new Map([
        ["stdout", this.#stdout],
        ["stderr", this.#stderr],
      ]),
    );
  }

  /** Once nobody is left who could read it. */
  closeInput(): void {
    this.input?.[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.input?.[Symbol.dispose]();
    this.#stdout[Symbol.dispose]();
    this.#stderr[Symbol.dispose]();
  }
}
