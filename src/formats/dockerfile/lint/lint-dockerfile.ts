import { EngineError, invalidArgument } from "#errors";
import type { Dockerfile } from "../parse-dockerfile.ts";
import type { BuildArgs } from "../stages/build-args.ts";
import { parseCheckOptions } from "../syntax/check-options.ts";
import type { CheckOptions } from "../syntax/check-options.ts";
import { detectCheck } from "../syntax/detect-syntax.ts";
import { readForLint } from "./read-for-lint.ts";
import type { LintedFile, LintOptions } from "./read-for-lint.ts";
import type { Finding, Rule } from "./rule.ts";
import type { ForeignImage } from "./read-stages.ts";
import { FOREIGN_IMAGE, RULES } from "./rules.ts";
import { checkForeignImages } from "./rules/from-images.ts";

export interface Warning extends Finding {
  /** `StageNameCasing` and so on. */
  readonly rule: string;
  readonly description: string;
  /** Where the rule is explained, below the project's own root. */
  readonly documentation: string;
}

export interface LintResult {
  /** In the order of the file. */
  readonly warnings: readonly Warning[];
  /** Why the file cannot be built, or that the file wants its warnings to fail the build. */
  readonly error?: EngineError;
}

/** Who reads more than that. */
const MAX_WARNINGS = 1000;

/**
 * Every warning that BuildKit gives, and its rules' words. A file that cannot be built is checked up to the mistake.
 * Without an `error` in the result the file can be built, as far as the file alone can tell.
 */
export function lintDockerfile(dockerfile: Dockerfile, check: CheckOptions, options: LintOptions): LintResult {
  const file = readForLint(dockerfile, options);
  const warnings = new Map<string, Warning>();
  for (const warning of findAll(file, check)) {
    const { rule, detail, range } = warning;
    warnings.set(`${rule} ${range.start} ${range.end} ${detail}`, warning);
    if (warnings.size === MAX_WARNINGS) break;
  }
  const sorted = [...warnings.values()].toSorted((a, b) => a.range.start - b.range.start);
  const error = file.error ?? toFailure(sorted, check);
  return { warnings: sorted, ...(error !== undefined && { error }) };
}

/** The same of an image that turns out to be for another platform when it is taken. */
export function lintForeignImage(image: ForeignImage, check: CheckOptions): LintResult {
  if (!isWanted(FOREIGN_IMAGE, check)) return { warnings: [] };
  const warnings = [...checkForeignImages([image])].map((finding) => toWarning(FOREIGN_IMAGE, finding));
  const error = toFailure(warnings, check);
  return { warnings, ...(error !== undefined && { error }) };
}

/** What the file says of its checks, unless `--build-arg BUILDKIT_DOCKERFILE_CHECK` says it. */
export function readCheckOptions(source: string, buildArgs: BuildArgs): CheckOptions {
  try {
    return parseCheckOptions(buildArgs.get("BUILDKIT_DOCKERFILE_CHECK") ?? detectCheck(source) ?? "");
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw invalidArgument(`failed to parse check options: ${error.message}`, { cause: error });
  }
}

function* findAll(file: LintedFile, check: CheckOptions): Generator<Warning> {
  for (const rule of RULES) {
    if (!isWanted(rule, check)) continue;
    for (const finding of rule.check(file)) yield toWarning(rule, finding);
  }
}

function toWarning({ name, description }: Rule, { detail, range }: Finding): Warning {
  return { rule: name, description, documentation: `docs/lint-rules.md#${name.toLowerCase()}`, detail, range };
}

function isWanted({ name, isExperimental = false }: Rule, { skip, experimental }: CheckOptions): boolean {
  if (skip === "all" || skip.includes(name)) return false;
  return !isExperimental || experimental === "all" || experimental.includes(name);
}

function toFailure(warnings: readonly Warning[], { isStrict }: CheckOptions): EngineError | undefined {
  if (!isStrict || warnings.length === 0) return undefined;
  const rules = [...new Set(warnings.map(({ rule }) => rule))].sort();
  return invalidArgument(`lint violation found for rules: ${rules.join(", ")}`);
}
