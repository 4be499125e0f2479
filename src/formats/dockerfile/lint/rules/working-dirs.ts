import { quoteLikeGo } from "../../values/go-text.ts";
import type { LintedFile } from "../read-for-lint.ts";
import type { Finding } from "../rule.ts";

/** Only the first WORKDIR stands on what the base image happens to have; the others stand on that one. */
export function* checkWorkingDirs({ stages }: LintedFile): Generator<Finding> {
  const isSet = new Set<number>();
  for (const { index, base, steps } of stages) {
    if (base !== undefined && isSet.has(base)) isSet.add(index);
    for (const { expanded } of steps) {
      if (expanded?.keyword !== "WORKDIR") continue;
      const { value, range } = expanded;
      if (!isSet.has(index) && !value.startsWith("/")) {
        yield { detail: `Relative workdir ${quoteLikeGo(value)} can have unexpected results if the base image changes`, range };
      }
      isSet.add(index);
    }
  }
}
