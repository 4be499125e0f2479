import { Environment } from "../environment.ts";
import { expandWord } from "../expansion/expand-word.ts";
import type { ExpandOptions } from "../expansion/expand-word.ts";
import type { Variables } from "../expansion/word-scanner.ts";
import type { ArgDeclaration, ArgInstruction, RunInstruction } from "../instructions/instruction.ts";
import { parseRunMount } from "../instructions/run-mount.ts";
import type { RunMount } from "../instructions/run-mount.ts";
import type { StageInstruction } from "../parse-dockerfile.ts";
import type { BuildArgs } from "./build-args.ts";
import { expandInstruction } from "./expand-instruction.ts";

/** To keep a variable is more work than to write a character. */
const UNITS_PER_VARIABLE = 32;

export interface ScopeOptions {
  /** `options` and `globalArgs` of the plan. */
  readonly options: ExpandOptions;
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly buildArgs: BuildArgs;
  /** Told of every variable that is asked for and not set. */
  readonly onUnset?: (name: string) => void;
}

/** What the variables of one stage are, instruction by instruction: ENV and ARG share one space, the last one counts. */
export class StageScope implements Variables {
  readonly #options: ScopeOptions;
  readonly #all: Environment;
  readonly #env: Environment;
  readonly #declared: Set<string>;

  /** @param env - The base image's `Env`. */
  constructor(env: readonly string[], options: ScopeOptions, declared: Iterable<string> = [], all: readonly string[] = env) {
    this.#options = options;
    this.#env = new Environment(env);
    this.#all = new Environment(all);
    this.#declared = new Set(declared);
  }

  /** Where a stage that is FROM this one begins: it knows the arguments, too. */
  fork(): StageScope {
    // Any number of stages may be FROM one with any number of variables.
    this.#options.options.budget.spend(UNITS_PER_VARIABLE * (this.environment.length + this.#declared.size));
    return new StageScope(this.env, this.#options, this.#declared, this.environment);
  }

  get(name: string): string | undefined {
    const value = this.#all.get(name);
    if (value === undefined) this.#options.onUnset?.(name);
    return value;
  }

  /** Whether an ARG of that name was there, with a value or without. */
  declares(name: string): boolean {
    return this.#declared.has(name);
  }

  /** `NAME=value` as a process of RUN gets them, arguments included, proxies not. */
  get environment(): readonly string[] {
    return this.#all.entries;
  }

  /** `NAME=value` as the image keeps them. */
  get env(): readonly string[] {
    return this.#env.entries;
  }

  /** Every name of an ARG so far, in the order of first mention, with the value that it has by now, be it of an ENV, or none. */
  get args(): readonly ArgDeclaration[] {
    return Array.from(this.#declared, (name) => {
      const value = this.#all.get(name);
      return { name, ...(value !== undefined && { defaultValue: value }) };
    });
  }

  /**
   * The instruction with all its words expanded; what ENV and ARG say holds from then on. All words of one instruction
   * see the variables as they were before it, but the defaults of one ARG each other. The default of an ARG comes back as
   * its value: what was given, what is declared, or what is global; none if nobody says. Names of ARG hold no variables.
   *
   * @throws invalid-argument `failed to process "<word>": …`.
   */
  expand(instruction: StageInstruction): StageInstruction {
    if (instruction.keyword === "ARG") return this.#declare(instruction);
    const expanded = expandInstruction(instruction, this, this.#options.options);
    if (expanded.keyword === "ENV") {
      for (const { key, value } of expanded.pairs) {
        this.#env.set(key, value);
        this.#all.set(key, value);
      }
    }
    return expanded;
  }

  /** @throws invalid-argument in Docker's words. */
  mounts({ mounts }: RunInstruction): readonly RunMount[] {
    return mounts.map((text) => parseRunMount(text, (value) => this.#expand(value)));
  }

  #declare(instruction: ArgInstruction): ArgInstruction {
    const args = instruction.args.map((declaration) => {
      const { defaultValue, ...arg } = declaration;
      const value = this.#valueOf(arg.name, defaultValue);
      this.#options.buildArgs.consume(arg.name);
      this.#declared.add(arg.name);
      if (value === undefined) return arg;
      this.#all.set(arg.name, value);
      return { ...arg, defaultValue: value };
    });
    return { ...instruction, args };
  }

  /** What is given replaces a default unread, mistakes and all. */
  #valueOf(name: string, defaultValue: string | undefined): string | undefined {
    const given = this.#options.buildArgs.get(name);
    if (given !== undefined) return given;
    return defaultValue === undefined ? this.#options.globalArgs.get(name) : this.#expand(defaultValue);
  }

  #expand(word: string): string {
    return expandWord(word, this, this.#options.options);
  }
}
