import { writeTar } from "#archive";
import type { TarInput } from "#archive";
import type { GitSource } from "#sources";
import type { AccessOptions } from "./access.ts";
import { findSubdir } from "./find-subdir.ts";
import type { WholeTree } from "./find-subdir.ts";
import type { TreeFile } from "./tree-line.ts";
import { fetchTrees } from "./submodules.ts";
import type { PlacedTree } from "./submodules.ts";
import { gitDirEntries, treeEntries } from "./tar-entries.ts";
import { Workspace } from "./workspace.ts";
import type { WorkspaceRules } from "./workspace.ts";

export interface CheckoutOptions extends AccessOptions {
  readonly signal?: AbortSignal;
}

/** A commit and its files, here until it is disposed of. */
export interface GitCheckout extends AsyncDisposable {
  /** Id of the commit, 40 or 64 hex digits. */
  readonly commit: string;
  /** Of the commit. */
  readonly time: Date;
  /**
   * The files of the wanted directory as a tar, the same commit always the same bytes: owner 0:0, modes 0644, 0755 and 0777,
   * times of the commit; with `.git` when the source keeps it, except for a subdirectory. May be called again.
   */
  tar(): AsyncIterable<Uint8Array>;
}

export async function checkout(rules: WorkspaceRules, source: GitSource, options: CheckoutOptions): Promise<GitCheckout> {
  await using opened = new AsyncDisposableStack();
  const workspace = opened.use(await Workspace.open(rules));
  const walk = {
    workspace,
    options,
    budget: { entries: rules.limits.maxEntries, bytes: rules.limits.maxSize },
    submodules: rules.limits.maxSubmodules,
  };
  const trees = await Array.fromAsync(fetchTrees(walk, source));
  const root = await findSubdir(wholeTree(workspace, trees), source.subdir ?? "");
  const { fetched } = trees[0] ?? missing();
  const keepsGitDir = source.keepsGitDir === true && root === "";
  if (keepsGitDir) await workspace.run({ repository: fetched.repository }, ["read-tree", fetched.commit]);
  const entries = async function* (): AsyncGenerator<TarInput> {
    if (keepsGitDir) yield* gitDirEntries(fetched, source.remote);
    for (const tree of trees) yield* treeEntries(workspace, tree, { root, time: fetched.time });
  };
  const resources = opened.move();
  return {
    commit: fetched.commit,
    time: new Date(fetched.time * 1000),
    tar: () => explained(workspace, writeTar(entries())),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function* explained(workspace: Workspace, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw workspace.explain(error);
  }
}

function wholeTree(workspace: Workspace, trees: readonly PlacedTree[]): WholeTree {
  const links = new Map<TreeFile, string>();
  return {
    find: (path) => {
      // A submodule comes after what it is in, and has its place to itself.
      const tree = trees.findLast((one) => one.path === "" || path.startsWith(`${one.path}/`));
      const file = tree?.files.get(tree.path === "" ? path : path.slice(tree.path.length + 1));
      if (tree === undefined || file === undefined) return undefined;
      const { repository } = tree.fetched;
      return {
        type: file.type,
        readLink: async () => {
          // Once each: links in a circle are asked for until there are too many.
          const target = links.get(file) ?? (await workspace.run({ repository }, ["cat-file", "blob", file.object]));
          links.set(file, target);
          return target;
        },
      };
    },
  };
}

function missing(): never {
  throw new Error("a checkout has at least its own tree");
}
