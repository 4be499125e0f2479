/**
 * The Dockerfile language: text to statements with their places, typed instructions, the graph of stages, variables,
 * what paths and `.dockerignore` mean, warnings, and the `changes` of import and commit.
 *
 * Promises: whatever text comes in, a value or an `EngineError` in Docker's words comes out, at a cost that is linear in
 * the text and bounded in all. Knows nothing of contexts, images or running anything: an instruction is a value, and who
 * builds decides what it does.
 */
export { applyChanges } from "./apply-changes.ts";
export { Environment } from "./environment.ts";
export { expandHeredoc, expandToWords, expandWord } from "./expansion/expand-word.ts";
export type { ExpandOptions } from "./expansion/expand-word.ts";
export type { Variables } from "./expansion/word-scanner.ts";
export type {
  AddInstruction,
  ArgDeclaration,
  ArgInstruction,
  CommandInstruction,
  CommandLine,
  CopyInstruction,
  CopyOptions,
  CopySources,
  FromInstruction,
  HealthcheckInstruction,
  InlineFile,
  Instruction,
  Keyword,
  ListInstruction,
  OnBuildInstruction,
  Pair,
  PairsInstruction,
  Placed,
  RunDevice,
  RunInstruction,
  ShellInstruction,
  ValueInstruction,
} from "./instructions/instruction.ts";
export { lintDockerfile, lintForeignImage, readCheckOptions } from "./lint/lint-dockerfile.ts";
export type { LintResult, Warning } from "./lint/lint-dockerfile.ts";
export type { KnownImage, LintOptions } from "./lint/read-for-lint.ts";
export { isForeign } from "./lint/read-stages.ts";
export { createExcludes, createIgnore, hiddenBuildFiles } from "./paths/ignore.ts";
export type { Ignore } from "./paths/ignore.ts";
export { parseParentsSource, parseSource } from "./paths/source.ts";
export type { ParentsSource, Source } from "./paths/source.ts";
export { parseRunMount } from "./instructions/run-mount.ts";
export type { CacheSharing, MountType, RunMount } from "./instructions/run-mount.ts";
export { parseDockerfile, parseTrigger } from "./parse-dockerfile.ts";
export type { Dockerfile, Stage, StageInstruction } from "./parse-dockerfile.ts";
export { BuildArgs } from "./stages/build-args.ts";
export type { Platforms } from "./stages/global-args.ts";
export { contextName } from "./stages/context-name.ts";
export { planStages } from "./stages/plan-stages.ts";
export type { PlannedStage, PlanOptions, StagePlan } from "./stages/plan-stages.ts";
export type { StageSource } from "./stages/stage-names.ts";
export { StageScope } from "./stages/stage-scope.ts";
export type { ScopeOptions } from "./stages/stage-scope.ts";
export type { CheckOptions } from "./syntax/check-options.ts";
export { detectSyntax } from "./syntax/detect-syntax.ts";
export type { SyntaxDirective } from "./syntax/detect-syntax.ts";
export type { Heredoc } from "./syntax/heredoc.ts";
export { MAX_DOCKERFILE_SIZE } from "./syntax/line-reader.ts";
export { renderExcerpt } from "./syntax/render-excerpt.ts";
export type { EmptyContinuation } from "./syntax/read-statements.ts";
export { at } from "./syntax/source.ts";
export type { Escape, SourceRange } from "./syntax/source.ts";
export { formatDuration } from "./values/duration.ts";
export { expandPorts, parsePortRange } from "./values/exposed-ports.ts";
export type { PortRange } from "./values/exposed-ports.ts";
export { checkStopSignal } from "./values/stop-signal.ts";
export { createWorkBudget } from "./values/work-budget.ts";
export type { WorkBudget } from "./values/work-budget.ts";
export { quoteLikeGo } from "./values/go-text.ts";
export { resolveWorkingDir } from "./values/working-dir.ts";
