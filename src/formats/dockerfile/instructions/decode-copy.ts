import { invalidArgument } from "#errors";
import { parseHeredocWord, stripTabs } from "../syntax/heredoc.ts";
import type { HeredocWord } from "../syntax/heredoc.ts";
import type { PlacedStatement } from "../syntax/statement.ts";
import type { WorkBudget } from "../values/work-budget.ts";
import { parseFlags } from "./flags.ts";
import type { Flags } from "./flags.ts";
import type { AddInstruction, CopyInstruction, CopyOptions, CopySources, InlineFile, Placed } from "./instruction.ts";

const SHARED_FLAGS = { chown: "text", chmod: "text", link: "boolean", exclude: "list" } as const;
const COPY_FLAGS = { ...SHARED_FLAGS, from: "text", parents: "boolean" } as const;
const ADD_FLAGS = { ...SHARED_FLAGS, "keep-git-dir": "boolean", checksum: "text", unpack: "boolean" } as const;

export function decodeCopy(statement: PlacedStatement, budget: WorkBudget): Omit<CopyInstruction, keyof Placed | "keyword"> {
  checkArity(statement);
  const flags = parseFlags(statement.flags, COPY_FLAGS);
  const from = flags.find("from");
  return {
    sources: decodeSources(statement, budget),
    options: toOptions(flags),
    ...(from !== undefined && { from }),
    hasParents: flags.isTrue("parents"),
  };
}

export function decodeAdd(statement: PlacedStatement, budget: WorkBudget): Omit<AddInstruction, keyof Placed | "keyword"> {
  checkArity(statement);
  const flags = parseFlags(statement.flags, ADD_FLAGS);
  const checksum = flags.find("checksum");
  return {
    sources: decodeSources(statement, budget),
    options: toOptions(flags),
    ...(checksum !== undefined && { checksum }),
    keepsGitDir: flags.isTrue("keep-git-dir"),
    ...(flags.find("unpack") !== undefined && { unpacks: flags.isTrue("unpack") }),
  };
}

function checkArity({ args, keyword }: PlacedStatement): void {
  if (args.length >= 2) return;
  throw invalidArgument(`${keyword} requires at least two arguments, but only one was provided. Destination could not be determined`);
}

function toOptions(flags: Flags<keyof typeof SHARED_FLAGS>): CopyOptions {
  const chown = flags.find("chown");
  const chmod = flags.find("chmod");
  return {
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
    isLink: flags.isTrue("link"),
    exclude: flags.list("exclude"),
  };
}

function decodeSources({ args, heredocs, keyword }: PlacedStatement, budget: WorkBudget): CopySources {
  const destination = args.at(-1) ?? "";
  if (parseHeredocWord(destination, budget) !== undefined) throw invalidArgument(`${keyword} cannot accept a heredoc as a destination`);
  // The last body wins where two heredocs share a name: both become the same file.
  const bodies = new Map(heredocs.map(({ name, body }) => [name, body]));
  const paths: string[] = [];
  const files: InlineFile[] = [];
  for (const source of args.slice(0, -1)) {
    const heredoc = parseHeredocWord(source, budget);
    if (heredoc === undefined) paths.push(source);
    else files.push(toFile(heredoc, bodies.get(heredoc.name) ?? ""));
  }
  return { paths, files, destination };
}

function toFile({ name, expands, stripsTabs }: HeredocWord, body: string): InlineFile {
  return { name, expands, content: stripsTabs ? stripTabs(body) : body };
}
