import { formatDuration, quoteLikeGo } from "#dockerfile";
import type { AddInstruction, ArgDeclaration, CopyInstruction, Pair, RunInstruction } from "#dockerfile";
import type { ContainerConfig, Healthcheck } from "#oci";
import { shellOf } from "./config-values.ts";
import { commandOf } from "./run-command.ts";

/** What a history entry says of an instruction's words: as Go prints them. */
export function describePairs(pairs: readonly Pair[]): string {
  return pairs.map(({ key, value }) => `${key}=${value}`).join(" ");
}

export function describeWords(words: readonly string[]): string {
  return `[${words.join(" ")}]`;
}

export function quoteWords(words: readonly string[]): string {
  return `[${words.map(quoteLikeGo).join(" ")}]`;
}

/** A Go struct printed with `%q`: numbers come out as characters. */
export function describeHealthcheck(check: Healthcheck): string {
  const { Test: test = [], Interval = 0, Timeout = 0, StartPeriod = 0, StartInterval = 0, Retries = 0 } = check;
  const durations = [Interval, Timeout, StartPeriod, StartInterval].map((value) => quoteLikeGo(formatDuration(value)));
  return `&{${[quoteWords(test), ...durations, quoteCharacter(Retries)].join(" ")}}`;
}

function quoteCharacter(code: number): string {
  if (code === 0x27) return "'\\''";
  const text = code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
  const quoted = quoteLikeGo(text).slice(1, -1);
  return `'${quoted === '\\"' ? '"' : quoted}'`;
}

/** With the values that hold; a name alone where there is none. */
export function describeArgs(args: readonly ArgDeclaration[]): string {
  return args.map(({ name, defaultValue }) => (defaultValue === undefined ? name : `${name}=${defaultValue}`)).join(" ");
}

export function describeCopy(instruction: CopyInstruction | AddInstruction): string {
  const { keyword, sources, options } = instruction;
  const { chown, chmod } = options;
  const words = [
    keyword,
    ...(instruction.keyword === "COPY" && instruction.hasParents ? ["--parents"] : []),
    ...(chown === undefined ? [] : [`--chown=${chown}`]),
    ...(chmod === undefined ? [] : [`--chmod=${chmod}`]),
    ...sources.paths,
    ...sources.files.map(({ name }) => `<<${name}`),
    sources.destination,
  ];
  return words.join(" ");
}

/** A command with the arguments that are in force. A script with an interpreter of its own is told as if the shell ran it: as BuildKit. */
export function describeRun(instruction: RunInstruction, args: readonly ArgDeclaration[], config: ContainerConfig): string {
  const values = args.map(({ name, defaultValue }) => `${name}=${defaultValue ?? ""}`);
  const command = commandOf(instruction, config);
  const shell = command.script === undefined ? [] : shellOf(config);
  return [...(args.length === 0 ? [] : [`|${args.length}`, ...values]), ...shell, ...command.args].join(" ");
}
