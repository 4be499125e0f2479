import { findMountOrigin } from "../instructions/run-mount.ts";
import type { StageInstruction } from "../parse-dockerfile.ts";
import { at } from "../syntax/source.ts";
import type { Dependency } from "./dependencies.ts";
import type { PlannedStage } from "./plan-stages.ts";
import type { StageNames, StageSource } from "./stage-names.ts";

/** Every stage that one needs: its base and what it copies or mounts from, in order. */
export function dependenciesOf(
  { stage, triggers, base }: Pick<PlannedStage, "stage" | "triggers" | "base">,
  names: StageNames,
): readonly Dependency[] {
  const sources = [...triggers, ...stage.instructions].flatMap((instruction) =>
    at(instruction.range, () => sourcesOf(instruction, names)).flatMap(({ source, mountTarget }) =>
      source.kind === "stage" ? [{ stage: source.index, range: instruction.range, ...(mountTarget !== undefined && { mountTarget }) }] : [],
    ),
  );
  return base.kind === "stage" ? [{ stage: base.index, range: stage.from.range }, ...sources] : sources;
}

function sourcesOf(instruction: StageInstruction, names: StageNames): { source: StageSource; mountTarget?: string }[] {
  if (instruction.keyword === "COPY" && instruction.from !== undefined) return [{ source: names.find(instruction.from) }];
  if (instruction.keyword !== "RUN") return [];
  return instruction.mounts.flatMap((text) => {
    const { from, target } = findMountOrigin(text);
    return from === "" ? [] : [{ source: names.find(from), mountTarget: target }];
  });
}
