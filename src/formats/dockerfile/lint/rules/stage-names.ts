import { quoteLikeGo } from "../../values/go-text.ts";
import type { LintedFile } from "../read-for-lint.ts";
import type { Finding } from "../rule.ts";

const RESERVED: ReadonlySet<string> = new Set(["context", "scratch"]);

export function* checkDuplicateStages({ froms }: LintedFile): Generator<Finding> {
  const seen = new Set<string>();
  for (const { from } of froms) {
    const { stageName, range } = from;
    if (stageName === undefined) continue;
    if (seen.has(stageName)) {
      yield { detail: `Duplicate stage name ${quoteLikeGo(stageName)}, stage names should be unique`, range };
    }
    seen.add(stageName);
  }
}

export function* checkReservedStages({ froms }: LintedFile): Generator<Finding> {
  for (const { from } of froms) {
    const { stageName, range } = from;
    if (stageName === undefined || !RESERVED.has(stageName)) continue;
    yield { detail: `Stage name should not use the same name as reserved stage ${quoteLikeGo(stageName)}`, range };
  }
}
