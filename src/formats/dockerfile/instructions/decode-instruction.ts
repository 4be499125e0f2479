import { invalidArgument } from "#errors";
import { KEYWORDS } from "../syntax/statement.ts";
import type { PlacedStatement } from "../syntax/statement.ts";
import { suggestion } from "../values/suggest.ts";
import type { WorkBudget } from "../values/work-budget.ts";
import { trim } from "../values/whitespace.ts";
import { decodeAdd, decodeCopy } from "./decode-copy.ts";
import { decodeFrom } from "./decode-from.ts";
import { decodeHealthcheck } from "./decode-healthcheck.ts";
import { decodeRun } from "./decode-run.ts";
import {
  decodeArgs,
  decodeCommandLine,
  decodeExpose,
  decodeOnBuild,
  decodePairs,
  decodeShell,
  decodeValue,
  decodeVolumes,
} from "./decode-settings.ts";
import type { Instruction } from "./instruction.ts";

/** @throws invalid-argument in Docker's words, without the line: the caller knows whether they are shown one. */
export function decodeInstruction(statement: PlacedStatement, budget: WorkBudget): Instruction {
  const { word, range } = statement;
  const placed = { word, range, text: trim(statement.text) };
  const { keyword } = statement;
  switch (keyword) {
    case "ADD":
      return { ...placed, keyword, ...decodeAdd(statement, budget) };
    case "ARG":
      return { ...placed, keyword, args: decodeArgs(statement), comments: statement.comments };
    case "CMD":
    case "ENTRYPOINT":
      return { ...placed, keyword, command: decodeCommandLine(statement) };
    case "COPY":
      return { ...placed, keyword, ...decodeCopy(statement, budget) };
    case "ENV":
    case "LABEL":
      return { ...placed, keyword, pairs: decodePairs(statement), isLegacy: statement.isLegacyPair };
    case "EXPOSE":
      return { ...placed, keyword, values: decodeExpose(statement) };
    case "FROM":
      return { ...placed, keyword, ...decodeFrom(statement) };
    case "HEALTHCHECK":
      return { ...placed, keyword, healthcheck: decodeHealthcheck(statement) };
    case "MAINTAINER":
    case "STOPSIGNAL":
    case "USER":
    case "WORKDIR":
      return { ...placed, keyword, value: decodeValue(statement) };
    case "ONBUILD":
      return { ...placed, keyword, trigger: decodeOnBuild(statement) };
    case "RUN":
      return { ...placed, keyword, ...decodeRun(statement, budget) };
    case "SHELL":
      return { ...placed, keyword, shell: decodeShell(statement) };
    case "VOLUME":
      return { ...placed, keyword, values: decodeVolumes(statement) };
    default:
      throw invalidArgument(`unknown instruction: ${word}${suggestion(word, KEYWORDS, false)}`);
  }
}
