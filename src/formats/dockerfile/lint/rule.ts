import type { SourceRange } from "../syntax/source.ts";
import type { LintedFile } from "./read-for-lint.ts";

/** What a rule found at one place, in BuildKit's words. */
export interface Finding {
  readonly detail: string;
  readonly range: SourceRange;
}

export interface Rule {
  /** As `# check=skip=…` and BuildKit call it. */
  readonly name: string;
  /** What the rule asks for, in one line. */
  readonly description: string;
  /** Only on request: `# check=experimental=…`. */
  readonly isExperimental?: boolean;
  readonly check: (file: LintedFile) => Iterable<Finding>;
}
