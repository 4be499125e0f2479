import { invalidArgument } from "#errors";
import { parseGitSource } from "#sources";
import type { GitSource } from "#sources";
import type { AccessOptions } from "./access.ts";
import { fetchCommit } from "./fetch-commit.ts";
import type { FetchedCommit } from "./fetch-commit.ts";
import { listTree } from "./list-tree.ts";
import type { Budget } from "./list-tree.ts";
import type { TreeFile } from "./tree-line.ts";
import { submoduleUrl } from "./submodule-url.ts";
import type { Workspace } from "./workspace.ts";

/** A repository in its place within the whole tree. */
export interface PlacedTree {
  readonly fetched: FetchedCommit;
  /** Of the submodule; empty for the repository itself. */
  readonly path: string;
  /** Paths from this repository's root. */
  readonly files: ReadonlyMap<string, TreeFile>;
}

export interface TreeWalk {
  readonly workspace: Workspace;
  readonly options: AccessOptions;
  readonly budget: Budget;
  submodules: number;
}

/** The repository, then each submodule that its `.gitmodules` has a URL for, and theirs. A path is where the tree has it. */
export async function* fetchTrees(walk: TreeWalk, source: GitSource, path = "", depth = 0): AsyncGenerator<PlacedTree> {
  const { workspace, options, budget } = walk;
  const fetched = await fetchCommit(workspace, source, options);
  const files = await listTree(workspace, fetched, budget);
  yield { fetched, path, files };
  if (source.submodules === false) return;
  const wanted = [...files.values()].filter(({ type }) => type === "submodule");
  if (wanted.length === 0) return;
  if (depth >= workspace.limits.maxDepth) throw invalidArgument(`cannot fetch the submodules of "${path}": they are nested too deep`);
  const urls = await submoduleUrls(workspace, fetched, files.get(".gitmodules"));
  for (const submodule of wanted) {
    const url = urls.get(submodule.path);
    // git leaves it an empty directory, too.
    if (url === undefined) continue;
    walk.submodules -= 1;
    if (walk.submodules < 0) throw invalidArgument("cannot use the git repository: it has too many submodules");
    const inner = { ...parseGitSource(submoduleUrl(url, source.remote)), ref: submodule.object };
    yield* fetchTrees(walk, inner, path === "" ? submodule.path : `${path}/${submodule.path}`, depth + 1);
  }
}

const MAX_GITMODULES = 1024 * 1024;

/** URL by path. Names of submodules are not needed, and so cannot do harm. */
async function submoduleUrls(
  workspace: Workspace,
  { repository }: FetchedCommit,
  file: TreeFile | undefined,
): Promise<ReadonlyMap<string, string>> {
  if (file === undefined || (file.type !== "file" && file.type !== "executable")) return new Map();
  if (file.size > MAX_GITMODULES) throw invalidArgument("cannot use the git repository: its .gitmodules is too large");
  const output = await workspace.run({ repository }, ["config", "--blob", file.object, "--null", "--list"]);
  const sections = new Map<string, { path?: string; url?: string }>();
  for (const line of output.split("\0")) {
    const [, name, key, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(line) ?? [];
    if (name !== undefined) sections.set(name, { ...sections.get(name), [key ?? ""]: value ?? "" });
  }
  const pairs = [...sections.values()].map(({ path = "", url }) => [path.replace(/\/+$/, ""), url] as const);
  return new Map(pairs.flatMap(([path, url]) => (url === undefined ? [] : [[path, url] as const])));
}
