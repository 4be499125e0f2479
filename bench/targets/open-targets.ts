import { openReference } from "./reference.ts";
import type { ReferencePlace } from "./reference.ts";
import { openSlipway } from "./slipway.ts";
import { TARGET_NAMES } from "./target.ts";
import type { Target, TargetName } from "./target.ts";

/** The targets at hand, and why the others are not. */
export class Targets implements AsyncDisposable {
  readonly open: readonly Target[];
  readonly absent: ReadonlyMap<TargetName, string>;

  constructor(open: readonly Target[], absent: ReadonlyMap<TargetName, string>) {
    this.open = open;
    this.absent = absent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const target of this.open) await target[Symbol.asyncDispose]();
  }
}

/** Opens what can be opened; a target that cannot is left out with its reason, never silently. */
export async function openTargets(wanted: {
  slipway: boolean;
  daemon: string | undefined;
  references: readonly ReferencePlace[];
}): Promise<Targets> {
  const open: Target[] = [];
  const absent = new Map<TargetName, string>();
  for (const name of TARGET_NAMES) {
    const place = wanted.references.find((candidate) => candidate.name === name);
    if (name === "slipway" ? !wanted.slipway : place === undefined) {
      absent.set(name, name === "slipway" ? "not asked for" : "no socket given");
      continue;
    }
    try {
      open.push(place === undefined ? await openSlipway(wanted.daemon) : await openReference(place));
    } catch (error) {
      absent.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  return new Targets(open, absent);
}
