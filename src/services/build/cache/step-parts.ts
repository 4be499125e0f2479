import { cacheKey } from "./cache-key.ts";

/** What a step is made of, by the name that a reader knows it by: `file src/app.js` → anything that JSON can say of it. */
export type StepParts = ReadonlyMap<string, unknown>;

/** So many are told apart; what is beyond them is only seen to have changed as a whole. */
export const MAX_PARTS = 200;

/** Keys by which it is known later that a step has once been made of each of these. */
export function partKeys(description: string, parts: StepParts): readonly string[] {
  return [stepKey(description), ...told(parts).map(([name, value]) => partKey(description, name, value))];
}

/** Why a step was not found, in words. */
export function explainMiss(description: string, parts: StepParts, isKnown: (key: string) => boolean): string {
  if (!isKnown(stepKey(description))) return "the step has not been done before";
  const changed = told(parts).flatMap(([name, value]) => (isKnown(partKey(description, name, value)) ? [] : [name]));
  if (changed.length === 0) return "the step has not been done with all of this together, or something was taken away";
  return `changed: ${changed.join(", ")}`;
}

function told(parts: StepParts): readonly (readonly [name: string, value: unknown])[] {
  return [...parts].slice(0, MAX_PARTS);
}

function stepKey(description: string): string {
  return cacheKey("step", description);
}

function partKey(description: string, name: string, value: unknown): string {
  return cacheKey("part", description, name, value);
}
