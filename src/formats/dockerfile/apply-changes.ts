import { invalidArgument } from "#errors";
import type { ContainerConfig } from "#oci";
import { Environment } from "./environment.ts";
import { expandToWords, expandWord } from "./expansion/expand-word.ts";
import type { ExpandOptions } from "./expansion/expand-word.ts";
import { decodeInstruction } from "./instructions/decode-instruction.ts";
import type { CommandInstruction, Instruction, ListInstruction, PairsInstruction, ValueInstruction } from "./instructions/instruction.ts";
import { readStatements } from "./syntax/read-statements.ts";
import { at } from "./syntax/source.ts";
import { parsePortRange } from "./values/exposed-ports.ts";
import { checkStopSignal } from "./values/stop-signal.ts";
import { trim } from "./values/whitespace.ts";
import { createWorkBudget } from "./values/work-budget.ts";
import { resolveWorkingDir } from "./values/working-dir.ts";

const ALLOWED: ReadonlySet<string> = new Set(
  "CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR".split(" "),
);
/** A port is a key to make and to keep, not a character. */
const UNITS_PER_PORT = 32;
const DEFAULT_SHELL = ["/bin/sh", "-c"];

/**
 * The `changes` of import and commit, one text after the other: a change may hold several lines, and an escape at the
 * end of one continues in the next. `config` is left alone.
 *
 * @throws invalid-argument in Docker's words, before anything is applied where the text alone shows the mistake.
 */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  if (changes.length === 0) return config;
  const budget = createWorkBudget();
  const { statements, escape } = readStatements(changes.join("\n"), budget);
  for (const { word, keyword, range } of statements) {
    at(range, () => {
      if (!ALLOWED.has(keyword)) throw invalidArgument(`${word} is not a valid change command`);
    });
  }
  const instructions = statements.map((statement) => at(statement.range, () => decodeInstruction(statement, budget)));
  const draft = new ConfigDraft(config, { escape, budget });
  for (const instruction of instructions) at(instruction.range, () => draft.apply(instruction));
  return draft.finish();
}

/** A config under change. Sets and maps are kept as such until the end, so that many changes stay cheap. */
class ConfigDraft {
  readonly #config: ContainerConfig;
  readonly #options: ExpandOptions;
  readonly #environment: Environment;
  readonly #labels: Map<string, string>;
  readonly #ports: Set<string>;
  readonly #volumes: Set<string>;
  readonly #onBuild: string[];
  #changed: { -readonly [K in keyof ContainerConfig]?: ContainerConfig[K] | undefined } = {};
  #hasCommand = false;

  constructor(config: ContainerConfig, options: ExpandOptions) {
    this.#config = config;
    this.#options = options;
    this.#environment = new Environment(config.Env ?? []);
    this.#labels = new Map(Object.entries(config.Labels ?? {}));
    this.#ports = new Set(Object.keys(config.ExposedPorts ?? {}));
    this.#volumes = new Set(Object.keys(config.Volumes ?? {}));
    this.#onBuild = [...(config.OnBuild ?? [])];
  }

  apply(instruction: Instruction): void {
    switch (instruction.keyword) {
      case "CMD":
      case "ENTRYPOINT":
        return this.#setCommand(instruction);
      case "ENV":
      case "LABEL":
        return this.#setPairs(instruction);
      case "EXPOSE":
      case "VOLUME":
        return this.#addValues(instruction);
      case "STOPSIGNAL":
      case "USER":
      case "WORKDIR":
      case "MAINTAINER":
        return this.#setValue(instruction);
      case "HEALTHCHECK":
        this.#changed.Healthcheck = instruction.healthcheck;
        return;
      case "ONBUILD":
        this.#onBuild.push(instruction.trigger);
        return;
      default:
        throw invalidArgument(`${instruction.word} is not a valid change command`);
    }
  }

  finish(): ContainerConfig {
    const members = {
      ...this.#config,
      Env: presentList(this.#environment.entries, this.#config.Env),
      OnBuild: presentList(this.#onBuild, this.#config.OnBuild),
      ExposedPorts: presentSet(this.#ports, this.#config.ExposedPorts),
      Volumes: presentSet(this.#volumes, this.#config.Volumes),
      Labels: this.#labels.size === 0 ? this.#config.Labels : Object.fromEntries(this.#labels),
      ...this.#changed,
    };
    return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  }

  /** An ENTRYPOINT without a CMD among the changes before it clears the inherited one, as it was made for another. */
  #setCommand({ keyword, command }: CommandInstruction): void {
    const { form, args } = command;
    const shell = this.#config.Shell === undefined || this.#config.Shell.length === 0 ? DEFAULT_SHELL : this.#config.Shell;
    const isBare = args.length === 0 && (form === "exec" || keyword === "ENTRYPOINT");
    const line = isBare ? undefined : form === "exec" ? args : [...shell, ...args];
    this.#changed.ArgsEscaped = undefined;
    if (keyword === "CMD") {
      this.#changed.Cmd = line;
      if (args.length > 0) this.#hasCommand = true;
      return;
    }
    this.#changed.Entrypoint = line;
    if (!this.#hasCommand) this.#changed.Cmd = undefined;
  }

  /** All pairs of one instruction see the variables as they were before it. */
  #setPairs({ keyword, pairs }: PairsInstruction): void {
    const expanded = pairs.map(({ key, value }) => [this.#expand(key), this.#expand(value)] as const);
    for (const [key, value] of expanded) {
      if (keyword === "ENV") this.#environment.set(key, value);
      else this.#labels.set(key, value);
    }
  }

  #addValues({ keyword, values }: ListInstruction): void {
    if (keyword === "EXPOSE") {
      const words = values.flatMap((value) => expandToWords(value, this.#environment, this.#options));
      for (const word of words) this.#expose(word);
      return;
    }
    const volumes = values.map((value) => this.#expand(value));
    for (const volume of volumes) {
      if (trim(volume) === "") throw invalidArgument("VOLUME specified can not be an empty string");
      this.#volumes.add(volume);
    }
  }

  #expose(word: string): void {
    const { first, last, protocol } = parsePortRange(word);
    this.#options.budget.spend((last - first) * UNITS_PER_PORT);
    for (let port = first; port <= last; port += 1) this.#ports.add(`${port}/${protocol}`);
  }

  #setValue({ keyword, value, word }: ValueInstruction): void {
    const expanded = this.#expand(value);
    switch (keyword) {
      case "USER":
        this.#changed.User = expanded;
        return;
      case "WORKDIR":
        this.#changed.WorkingDir = resolveWorkingDir(this.#changed.WorkingDir ?? this.#config.WorkingDir ?? "", expanded);
        return;
      case "STOPSIGNAL":
        checkStopSignal(expanded);
        this.#changed.StopSignal = expanded;
        return;
      case "MAINTAINER":
        throw invalidArgument(`${word} is not a valid change command`);
    }
  }

  #expand(word: string): string {
    return expandWord(word, this.#environment, this.#options);
  }
}

function presentList(list: readonly string[], original: readonly string[] | undefined): readonly string[] | undefined {
  return list.length === 0 ? original : list;
}

function presentSet(
  set: ReadonlySet<string>,
  original: Readonly<Record<string, object>> | undefined,
): Readonly<Record<string, object>> | undefined {
  return set.size === 0 ? original : Object.fromEntries(Array.from(set, (key) => [key, {}]));
}
