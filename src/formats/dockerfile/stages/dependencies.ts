import { invalidArgument } from "#errors";
import type { SourceRange } from "../syntax/source.ts";
import type { StageNames } from "./stage-names.ts";

/** One stage that another one needs. */
export interface Dependency {
  readonly stage: number;
  /** The instruction that needs it. */
  readonly range: SourceRange;
  /** A mount's target: a mount has words of its own for what it must not do. */
  readonly mountTarget?: string;
}

/** @throws invalid-argument, at the instruction that closes the circle. */
export function refuseCycles(dependencies: readonly (readonly Dependency[])[], names: StageNames): void {
  const finished = new Set<number>();
  for (const index of dependencies.keys()) {
    const closing = findCycle(index, dependencies, finished);
    if (closing === undefined) continue;
    const message = `circular dependency detected on stage: ${names.display(index)}`;
    throw invalidArgument(message, { details: { range: closing.range } });
  }
}

interface Visit {
  readonly stage: number;
  next: number;
}

/** Depth first with a stack of its own: a file may hold more stages than calls may nest. */
function findCycle(start: number, dependencies: readonly (readonly Dependency[])[], finished: Set<number>): Dependency | undefined {
  const path: Visit[] = [{ stage: start, next: 0 }];
  const open = new Set([start]);
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const dependency = dependencies[visit.stage]?.[visit.next++];
    if (dependency === undefined || finished.has(visit.stage)) {
      finished.add(visit.stage);
      open.delete(visit.stage);
      path.pop();
    } else if (open.has(dependency.stage)) {
      return dependency;
    } else if (!finished.has(dependency.stage)) {
      open.add(dependency.stage);
      path.push({ stage: dependency.stage, next: 0 });
    }
  }
  return undefined;
}
