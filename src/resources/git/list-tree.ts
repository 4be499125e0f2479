import { invalidArgument } from "#errors";
import type { FetchedCommit } from "./fetch-commit.ts";
import { MAX_PATH, parseTreeLine } from "./tree-line.ts";
import type { TreeFile } from "./tree-line.ts";
import type { Workspace } from "./workspace.ts";

/** Counts down over all repositories of a checkout. */
export interface Budget {
  entries: number;
  bytes: number;
}

/** By path, directories before what is in them. @throws invalid-argument for what no file system should be given. */
export async function listTree(
  workspace: Workspace,
  { repository, commit }: FetchedCommit,
  budget: Budget,
): Promise<ReadonlyMap<string, TreeFile>> {
  const files = new Map<string, TreeFile>();
  try {
    await using git = workspace.start({ repository }, ["ls-tree", "-r", "-t", "-l", "-z", "--full-tree", commit]);
    for await (const line of splitAtZero(git.stdout)) {
      const file = parseTreeLine(line);
      if (files.has(file.path)) throw invalidArgument(`cannot use the git repository: it has ${JSON.stringify(file.path)} twice`);
      files.set(file.path, file);
      budget.entries -= 1;
      budget.bytes -= file.size;
      if (budget.entries < 0) throw invalidArgument("cannot use the git repository: it has too many files");
      if (budget.bytes < 0) throw invalidArgument("cannot use the git repository: its files are too large");
    }
    await git.ended();
  } catch (error) {
    throw workspace.explain(error);
  }
  return files;
}

async function* splitAtZero(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0, start)) {
      yield rest.subarray(start, end);
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.byteLength > 2 * MAX_PATH) throw invalidArgument("cannot use the git repository: it has a path that is too long");
  }
}
