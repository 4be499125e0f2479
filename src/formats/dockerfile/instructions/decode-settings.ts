import { invalidArgument } from "#errors";
import type { PlacedStatement } from "../syntax/statement.ts";
import { trim } from "../values/whitespace.ts";
import { atLeastOne, blankName, exactlyOne } from "./arity.ts";
import { parseFlags } from "./flags.ts";
import type { ArgDeclaration, CommandLine, Pair } from "./instruction.ts";

const NO_FLAGS = {};
const ONBUILD_WORD = /^[\t\n\f\r ]*ONBUILD[\t\n\f\r ]*/i;

// The order of checks differs between instructions, and with it the message for a line with two mistakes.

export function decodeCommandLine({ flags, args, isJson }: PlacedStatement): CommandLine {
  parseFlags(flags, NO_FLAGS);
  return toCommandLine(args, isJson);
}

export function toCommandLine(args: readonly string[], isJson: boolean): CommandLine {
  return { form: isJson ? "exec" : "shell", args };
}

export function decodePairs({ flags, pairs, keyword }: PlacedStatement): readonly Pair[] {
  parseFlags(flags, NO_FLAGS);
  if (pairs.length === 0) throw atLeastOne(keyword);
  return pairs.map(({ name, value }) => {
    if (name === "") throw blankName(keyword);
    return { key: name, value };
  });
}

/** Docker reads ARG's flags not at all. */
export function decodeArgs({ args, comments }: PlacedStatement): readonly ArgDeclaration[] {
  if (args.length === 0) throw atLeastOne("ARG");
  const descriptions = toDescriptions(comments);
  return args.map((arg) => {
    const equals = arg.indexOf("=");
    if (equals === 0) throw blankName("ARG");
    const name = equals === -1 ? arg : arg.slice(0, equals);
    const description = descriptions.get(name);
    return {
      name,
      ...(equals !== -1 && { defaultValue: arg.slice(equals + 1) }),
      ...(description !== undefined && { description }),
    };
  });
}

export function decodeExpose({ args, flags }: PlacedStatement): readonly string[] {
  if (args.length === 0) throw atLeastOne("EXPOSE");
  parseFlags(flags, NO_FLAGS);
  return args.toSorted(compareBytes);
}

export function decodeVolumes({ args, flags }: PlacedStatement): readonly string[] {
  if (args.length === 0) throw atLeastOne("VOLUME");
  parseFlags(flags, NO_FLAGS);
  return args.map((arg) => {
    const path = trim(arg);
    if (path === "") throw invalidArgument("VOLUME specified can not be an empty string");
    return path;
  });
}

export function decodeValue({ args, flags, keyword }: PlacedStatement): string {
  const value = exactlyOne(keyword, args);
  // Docker reads STOPSIGNAL's flags not at all.
  if (keyword !== "STOPSIGNAL") parseFlags(flags, NO_FLAGS);
  return value;
}

export function decodeShell({ args, flags, isJson }: PlacedStatement): readonly string[] {
  parseFlags(flags, NO_FLAGS);
  if (args.length === 0) throw atLeastOne("SHELL");
  if (!isJson) throw invalidArgument("SHELL requires the arguments to be in JSON form");
  return args;
}

/** What the trigger means is found out when it fires; that it is a trigger at all, here. */
export function decodeOnBuild({ trigger, flags, text, heredocs }: PlacedStatement): string {
  if (trigger === undefined) throw atLeastOne("ONBUILD");
  parseFlags(flags, NO_FLAGS);
  const { keyword } = trigger;
  if (keyword === "ONBUILD") throw invalidArgument("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (keyword === "MAINTAINER" || keyword === "FROM") throw invalidArgument(`${keyword} isn't allowed as an ONBUILD trigger`);
  return [text.replace(ONBUILD_WORD, ""), ...heredocs.map(({ body, name }) => body + name)].join("\n");
}

/** Comments of the form `# <name> …` above a declaration tell what it is for; the first one of a name counts. */
export function toDescriptions(comments: readonly string[]): ReadonlyMap<string, string> {
  const descriptions = new Map<string, string>();
  for (const comment of comments) {
    const blank = comment.indexOf(" ");
    const name = comment.slice(0, blank);
    if (blank !== -1 && !descriptions.has(name)) descriptions.set(name, comment.slice(blank + 1));
  }
  return descriptions;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
