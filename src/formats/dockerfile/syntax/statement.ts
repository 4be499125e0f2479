import { splitBlanks, cutAtBlanks } from "../values/whitespace.ts";
import type { Heredoc } from "./heredoc.ts";
import { parseJsonForm } from "./json-form.ts";
import { lexWords, parseNameValues } from "./lex-words.ts";
import type { NameValue } from "./lex-words.ts";
import type { Escape, SourceRange } from "./source.ts";
import { splitInstruction } from "./split-instruction.ts";

/** One instruction, split as its grammar says, before anyone asks whether it makes sense. */
export interface Statement {
  /** As written; `keyword` is the same in capitals. */
  readonly word: string;
  readonly keyword: string;
  readonly flags: readonly string[];
  readonly args: readonly string[];
  /** ENV and LABEL, instead of `args`. */
  readonly pairs: readonly NameValue[];
  /** ENV and LABEL as `name value`. */
  readonly isLegacyPair: boolean;
  /** The arguments were a JSON array. */
  readonly isJson: boolean;
  /** ONBUILD's instruction. */
  readonly trigger: Statement | undefined;
  /** The logical line: continuations joined, comments dropped, nothing expanded. */
  readonly text: string;
}

/** A statement and what stands around it in the file. */
export interface PlacedStatement extends Statement {
  readonly heredocs: readonly Heredoc[];
  /** Comments right above, without `#`, trimmed. */
  readonly comments: readonly string[];
  readonly range: SourceRange;
}

type Arguments = Partial<Pick<Statement, "args" | "pairs" | "isLegacyPair" | "isJson" | "trigger">>;
type Grammar = (rest: string, keyword: string, escape: Escape, depth: number) => Arguments;

/** A trigger's trigger is read, because its mistakes are reported first, and then refused. */
const MAX_TRIGGER_DEPTH = 2;

const GRAMMARS: ReadonlyMap<string, Grammar> = new Map<string, Grammar>([
  ["ADD", jsonOrWords],
  ["ARG", (rest, _keyword, escape) => ({ args: lexWords(rest, escape) })],
  ["CMD", jsonOrText],
  ["COPY", jsonOrWords],
  ["ENTRYPOINT", jsonOrText],
  ["ENV", nameValues],
  ["EXPOSE", blankSeparated],
  ["FROM", blankSeparated],
  ["HEALTHCHECK", typeAndCommand],
  ["LABEL", nameValues],
  ["MAINTAINER", wholeText],
  ["ONBUILD", trigger],
  ["RUN", jsonOrText],
  ["SHELL", jsonOrText],
  ["STOPSIGNAL", wholeText],
  ["USER", wholeText],
  ["VOLUME", jsonOrWords],
  ["WORKDIR", wholeText],
]);

export const KEYWORDS: readonly string[] = [...GRAMMARS.keys()];

/** An unknown instruction is a statement too, without arguments: who decodes it refuses it. */
export function parseStatement(line: string, escape: Escape, depth = 0): Statement {
  const { word, flags, rest } = splitInstruction(line, escape);
  const keyword = word.toUpperCase();
  const parsed = GRAMMARS.get(keyword)?.(rest, keyword, escape, depth) ?? {};
  return { word, keyword, flags, text: line, args: [], pairs: [], isLegacyPair: false, isJson: false, trigger: undefined, ...parsed };
}

function jsonOrText(rest: string): Arguments {
  if (rest === "") return {};
  const json = parseJsonForm(rest);
  return json === undefined ? { args: [rest] } : { args: json, isJson: true };
}

function jsonOrWords(rest: string): Arguments {
  const json = parseJsonForm(rest);
  return json === undefined ? blankSeparated(rest) : { args: json, isJson: true };
}

function blankSeparated(rest: string): Arguments {
  return rest === "" ? {} : { args: splitBlanks(rest) };
}

function wholeText(rest: string): Arguments {
  return rest === "" ? {} : { args: [rest] };
}

function nameValues(rest: string, keyword: string, escape: Escape): Arguments {
  const { pairs, isLegacy } = parseNameValues(rest, keyword, escape);
  return { pairs, isLegacyPair: isLegacy };
}

function typeAndCommand(rest: string): Arguments {
  if (rest === "") return {};
  const [type, command = ""] = cutAtBlanks(rest);
  const { args = [], isJson = false } = jsonOrText(command);
  return { args: [type, ...args], isJson };
}

function trigger(rest: string, _keyword: string, escape: Escape, depth: number): Arguments {
  if (rest === "") return {};
  if (depth === MAX_TRIGGER_DEPTH) return { args: [rest] };
  const statement = parseStatement(rest, escape, depth + 1);
  return { args: [statement.word], trigger: statement };
}
