import { createExcludes } from "#dockerfile";
import { internal } from "#errors";
import type { CachedLayer } from "../cache/step-cache.ts";
import { copyPath } from "../copy/copy-tree.ts";
import { LayerDraft } from "../copy/layer-draft.ts";
import type { StageRun } from "../stage-run.ts";
import type { FileTree } from "../trees/file-tree.ts";
import { draftLayer } from "./layer-step.ts";

/** FROM a context: all its files as one layer. */
export function copyContext(run: StageRun, name: string, tree: FileTree): Promise<CachedLayer> {
  return draftLayer(run, {
    below: "scratch",
    inputs: ["FROM", tree.identity],
    description: `FROM ${name}`,
    plan: async () => {
      const draft = new LayerDraft(undefined);
      await copyPath(tree, "", "", {
        draft,
        destination: "",
        isDirectory: true,
        owner: undefined,
        changeMode: undefined,
        newDirectoryMode: 0o755,
        exclude: createExcludes([]),
        now: run.now,
        replaces: true,
        missing: (path) => internal(`there is no ${JSON.stringify(path)} in context ${name}`),
      });
      return draft;
    },
  });
}
