import type { LintedFile } from "../read-for-lint.ts";
import type { Finding } from "../rule.ts";

/** At the line where the instruction ends. */
export function* checkEmptyContinuations({ dockerfile }: LintedFile): Generator<Finding> {
  for (const { range } of dockerfile.emptyContinuations) {
    yield { detail: "Empty continuation line", range: { start: range.end, end: range.end } };
  }
}

export function* checkMaintainers({ dockerfile }: LintedFile): Generator<Finding> {
  for (const { keyword, range } of dockerfile.stages.flatMap(({ instructions }) => instructions)) {
    if (keyword === "MAINTAINER") yield { detail: "Maintainer instruction is deprecated in favor of using label", range };
  }
}

export function* checkLegacyPairs({ stages }: LintedFile): Generator<Finding> {
  for (const { instruction } of stages.flatMap(({ steps }) => steps)) {
    const { keyword, word, range } = instruction;
    if ((keyword !== "ENV" && keyword !== "LABEL") || !instruction.isLegacy) continue;
    yield { detail: `"${word} key=value" should be used instead of legacy "${word} key value" format`, range };
  }
}
