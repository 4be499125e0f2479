import { nearest } from "../../values/suggest.ts";
import type { LintedFile } from "../read-for-lint.ts";
import type { Finding } from "../rule.ts";

/** Read by the builder and never set. */
const NO_VARIABLES: ReadonlySet<string> = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"]);

export function* checkVariables({ stages }: LintedFile): Generator<Finding> {
  for (const { instruction, unset, names } of stages.flatMap(({ steps }) => steps)) {
    for (const name of unset) {
      if (NO_VARIABLES.has(name)) continue;
      const other = nearest(name, names(), true);
      const hint = other === undefined ? "" : ` (did you mean $${other}?)`;
      yield { detail: `Usage of undefined variable '$${name}'${hint}`, range: instruction.range };
    }
  }
}
