import type { Placed } from "../../instructions/instruction.ts";
import type { LintedFile } from "../read-for-lint.ts";
import type { Finding } from "../rule.ts";

export function* checkStageCasing({ froms }: LintedFile): Generator<Finding> {
  for (const { from, name } of froms) {
    if (name !== name.toLowerCase()) yield { detail: `Stage name '${name}' should be lowercase`, range: from.range };
  }
}

/** A FROM in mixed case is a matter of its own. */
export function* checkAsCasing({ froms }: LintedFile): Generator<Finding> {
  for (const { from, as } of froms) {
    if (isMixed(from.word) || as === (isLower(from.word) ? as.toLowerCase() : as.toUpperCase())) continue;
    yield { detail: `'${as}' and '${from.word}' keywords' casing do not match`, range: from.range };
  }
}

/** ARG before the first FROM has no say, and is not asked. */
export function* checkInstructionCasing({ dockerfile }: LintedFile): Generator<Finding> {
  const placed = dockerfile.stages.flatMap(({ from, instructions }): Placed[] => [from, ...instructions]);
  const uniform = placed.filter(({ word }) => !isMixed(word));
  const isMajorityLower = uniform.filter(({ word }) => isLower(word)).length * 2 > uniform.length;
  for (const { word, range } of placed) {
    if (word === (isMajorityLower ? word.toLowerCase() : word.toUpperCase())) continue;
    const majority = isMajorityLower ? "lowercase" : "uppercase";
    yield { detail: `Command '${word}' should match the case of the command majority (${majority})`, range };
  }
}

function isLower(word: string): boolean {
  return word === word.toLowerCase();
}

function isMixed(word: string): boolean {
  return !isLower(word) && word !== word.toUpperCase();
}
