import type { ValueInstruction } from "#dockerfile";
import { invalidArgument } from "#errors";
import { LayerDraft, parentOf } from "../copy/layer-draft.ts";
import { findOwner } from "../copy/owner.ts";
import type { StageRun } from "../stage-run.ts";
import type { CachedLayer } from "../cache/step-cache.ts";
import type { FileTree } from "../trees/file-tree.ts";
import { workingDirectory } from "./config-values.ts";
import { draftLayer } from "./layer-step.ts";

/** Makes the directory that WORKDIR names where it is missing, as the user's. The root is always there: no layer then. */
export async function runWorkdir(run: StageRun, { value }: ValueInstruction): Promise<CachedLayer | undefined> {
  const directory = workingDirectory(run.state.config, value);
  if (directory === "/") return undefined;
  const { User: user = "" } = run.state.config;
  return draftLayer(run, {
    below: run.below,
    inputs: ["WORKDIR", directory, user],
    description: `WORKDIR ${directory}`,
    plan: async () => {
      const below = await run.tree();
      const draft = new LayerDraft(below);
      const path = below.resolve(directory.slice(1));
      const { uid, gid } = user === "" ? { uid: 0, gid: 0 } : (await findOwner(below, user)).owner;
      if (isMissing(below, path)) draft.makeDirectory(path, { mode: 0o755, uid, gid, mtime: run.now });
      return draft;
    },
  });
}

/** @throws invalid-argument where the directory, or one above it, is something else. */
function isMissing(tree: FileTree, directory: string): boolean {
  for (let path = directory; path !== ""; path = parentOf(path)) {
    const there = tree.stat(path);
    if (there?.type === "directory") return path !== directory;
    if (there !== undefined) throw invalidArgument(`Cannot mkdir: /${path} is not a directory`);
  }
  return true;
}
