import type { LintedFile } from "../read-for-lint.ts";
import type { Step } from "../read-stages.ts";
import type { Finding } from "../rule.ts";

/** With a SHELL of its own, a stage has said what it wants its commands to be run by. */
export function* checkCommandForms({ stages }: LintedFile): Generator<Finding> {
  const withShell = new Set<number>();
  for (const { index, base, steps } of stages) {
    if (base !== undefined && withShell.has(base)) withShell.add(index);
    for (const { instruction } of steps) {
      if (instruction.keyword === "SHELL") withShell.add(index);
      if (instruction.keyword !== "CMD" && instruction.keyword !== "ENTRYPOINT") continue;
      if (instruction.command.form === "exec" || withShell.has(index)) continue;
      yield {
        detail: `JSON arguments recommended for ${instruction.keyword} to prevent unintended behavior related to OS signals`,
        range: instruction.range,
      };
    }
  }
}

/** The place is that of the one without effect. */
export function* checkRepeatedCommands({ stages }: LintedFile): Generator<Finding> {
  for (const { steps } of stages) {
    const last = new Map<string, Step["instruction"]>();
    for (const { instruction } of steps) {
      const { keyword, word } = instruction;
      if (keyword !== "CMD" && keyword !== "ENTRYPOINT" && keyword !== "HEALTHCHECK") continue;
      const previous = last.get(keyword);
      last.set(keyword, instruction);
      if (previous === undefined) continue;
      yield {
        detail: `Multiple ${word} instructions should not be used in the same stage because only the last one will be used`,
        range: previous.range,
      };
    }
  }
}
