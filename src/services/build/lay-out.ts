import type { Dockerfile, PairsInstruction, PlannedStage, StagePlan } from "#dockerfile";
import { invalidArgument } from "#errors";
import type { BuildEvent } from "./types.ts";

/** Each costs time and a line of history; images with more could hardly be used. */
const MAX_STEPS = 10_000;

export interface StageSteps {
  readonly planned: PlannedStage;
  readonly first: number;
  readonly total: number;
  /** Of the request: said after the stage's own instructions, as they are. */
  readonly labels: readonly PairsInstruction[];
}

/** Numbers all steps through: ARGs before the first stage, each stage's FROM and instructions, labels of the request. */
export function layOut(
  { globalArgs }: Dockerfile,
  { stages, target }: StagePlan,
  labels: Readonly<Record<string, string>>,
): { readonly globalArgs: BuildEvent[]; readonly stages: StageSteps[] } {
  const needed = stages.filter(({ isNeeded }) => isNeeded);
  const added = labelSteps(labels);
  const count = needed.reduce((sum, { stage }) => sum + 1 + stage.instructions.length, globalArgs.length);
  const total = count + added.length;
  checkStepCount(total);
  let first = globalArgs.length + 1;
  const laidOut = needed.map((planned) => {
    const steps = { planned, first, total, labels: planned === target ? added : [] };
    first += 1 + planned.stage.instructions.length;
    return steps;
  });
  return {
    globalArgs: globalArgs.map(({ text }, index) => ({ type: "step", number: index + 1, total, text })),
    stages: laidOut,
  };
}

/** @throws invalid-argument */
export function checkStepCount(count: number): void {
  if (count > MAX_STEPS) throw invalidArgument(`cannot build ${count} steps: expected at most ${MAX_STEPS}`);
}

/** A stage that turns out to be needed when the others are numbered already is counted by itself. */
export function layOutLate({ stages }: StagePlan, index: number): StageSteps {
  const planned = stages[index];
  if (planned === undefined) throw invalidArgument(`invalid stage index ${index}`);
  return { planned, first: 1, total: 1 + planned.stage.instructions.length, labels: [] };
}

/** One step per label, by name; their values are no Dockerfile and nothing in them is expanded. */
function labelSteps(labels: Readonly<Record<string, string>>): readonly PairsInstruction[] {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => ({
    keyword: "LABEL",
    word: "LABEL",
    text: `LABEL ${key}=${value}`,
    range: { start: 0, end: 0 },
    isLegacy: false,
    pairs: [{ key, value }],
  }));
}
