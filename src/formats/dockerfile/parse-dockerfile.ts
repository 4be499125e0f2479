import { invalidArgument } from "#errors";
import { decodeInstruction } from "./instructions/decode-instruction.ts";
import type { ArgInstruction, FromInstruction, Instruction } from "./instructions/instruction.ts";
import { readStatements } from "./syntax/read-statements.ts";
import type { EmptyContinuation } from "./syntax/read-statements.ts";
import { at } from "./syntax/source.ts";
import type { Escape, SourceRange } from "./syntax/source.ts";
import { createWorkBudget } from "./values/work-budget.ts";

export type StageInstruction = Exclude<Instruction, FromInstruction>;

export interface Stage {
  readonly from: FromInstruction;
  /** In order; nothing is expanded. */
  readonly instructions: readonly StageInstruction[];
  /** From FROM to the last line of the last instruction. */
  readonly range: SourceRange;
}

export interface Dockerfile {
  /** The ARGs before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  /** At least one, in order: `COPY --from=0` means the first. */
  readonly stages: readonly Stage[];
  readonly escape: Escape;
  readonly emptyContinuations: readonly EmptyContinuation[];
}

/**
 * Reads a whole Dockerfile; the first mistake ends it, mistakes in the shape of any line before those in the meaning
 * of one. `details.range` of the error says where.
 *
 * @throws invalid-argument in Docker's words. What is wrong with one instruction begins `dockerfile parse error on
 * line N: `; the rest is bare, and the classic builder puts `failed to parse <file>: ` in front.
 */
export function parseDockerfile(source: string): Dockerfile {
  if (source === "") throw invalidArgument("the Dockerfile cannot be empty");
  const budget = createWorkBudget();
  const { statements, escape, emptyContinuations } = readStatements(source, budget);
  const globalArgs: ArgInstruction[] = [];
  const stages: StageDraft[] = [];
  for (const statement of statements) {
    const { range } = statement;
    const describe = (message: string): string => `dockerfile parse error on line ${range.start}: ${message}`;
    const instruction = at(range, () => decodeInstruction(statement, budget), describe);
    const stage = stages.at(-1);
    if (instruction.keyword === "FROM") stages.push({ from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.keyword === "ARG") globalArgs.push(instruction);
    else at(range, refuseOutsideStage);
  }
  if (stages.length === 0) throw invalidArgument("dockerfile contains no stages to build");
  return { globalArgs, stages: stages.map(toStage), escape, emptyContinuations };
}

/** One trigger of an image, as its config keeps it; heredocs are part of the text. */
export function parseTrigger(trigger: string): StageInstruction {
  const budget = createWorkBudget();
  const [statement, ...more] = readStatements(trigger, budget).statements;
  if (statement === undefined || more.length > 0) throw invalidArgument("onbuild trigger should be a single expression");
  const instruction = decodeInstruction(statement, budget);
  if (instruction.keyword === "FROM") throw refusedTrigger("FROM");
  if (instruction.keyword === "ONBUILD") throw invalidArgument("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (instruction.keyword === "MAINTAINER") throw refusedTrigger("MAINTAINER");
  return instruction;
}

function refusedTrigger(keyword: string): Error {
  return invalidArgument(`${keyword} isn't allowed as an ONBUILD trigger`);
}

interface StageDraft {
  readonly from: FromInstruction;
  readonly instructions: StageInstruction[];
}

function toStage({ from, instructions }: StageDraft): Stage {
  return { from, instructions, range: { start: from.range.start, end: (instructions.at(-1) ?? from).range.end } };
}

function refuseOutsideStage(): never {
  throw invalidArgument("no build stage in current context");
}
