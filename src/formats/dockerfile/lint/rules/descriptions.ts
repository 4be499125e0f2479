import type { ArgInstruction } from "../../instructions/instruction.ts";
import type { LintedFile } from "../read-for-lint.ts";
import type { Finding } from "../rule.ts";

export function* checkDescriptions({ dockerfile: { globalArgs, stages } }: LintedFile): Generator<Finding> {
  for (const arg of globalArgs) yield* checkArg(arg);
  for (const { from, instructions } of stages) {
    const { comments, stageName, range } = from;
    yield* checkComment("FROM", stageName === undefined ? [] : [stageName], { comments, range });
    for (const instruction of instructions) if (instruction.keyword === "ARG") yield* checkArg(instruction);
  }
}

function checkArg(arg: ArgInstruction): Generator<Finding> {
  return checkComment(
    "ARG",
    arg.args.map(({ name }) => name),
    arg,
  );
}

function* checkComment(
  keyword: string,
  names: readonly string[],
  { comments, range }: Pick<ArgInstruction, "comments" | "range">,
): Generator<Finding> {
  const comment = comments.at(-1);
  const [name] = names;
  if (comment === undefined || name === undefined || names.includes(comment.split(" ", 1)[0] ?? "")) return;
  const example = names.length > 1 ? "<arg_key>" : name;
  yield { detail: `Comment for ${keyword} should follow the format: \`# ${example} <description>\``, range };
}
