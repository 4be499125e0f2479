import type { PlannedStage, SourceRange } from "#dockerfile";
import type { Build } from "./build.ts";
import { findImage } from "./find-image.ts";
import type { Progress } from "./progress.ts";
import { platformOfStage } from "./stage-base.ts";
import type { FileTree } from "./trees/file-tree.ts";
import type { BuildLayer } from "./trees/layer-files.ts";

/** Files to copy or mount: those of layers, or a tree that has none. */
export type FilesFrom =
  | { readonly kind: "layers"; readonly layers: readonly BuildLayer[] }
  | { readonly kind: "tree"; readonly tree: FileTree };

/** Who wants them. */
export interface FilesAsker {
  readonly progress: Progress;
  /** Of the instruction. */
  readonly range: SourceRange;
}

const NOTHING: FilesFrom = { kind: "layers", layers: [] };

/** What `--from` means in a stage: an earlier stage, an image of which only the files count, or a further context. */
export async function filesFrom(build: Build, planned: PlannedStage, from: string, asker: FilesAsker): Promise<FilesFrom> {
  const { progress, range } = asker;
  const source = build.plan.sourceOf(from, planned.index);
  const ofImage = async (name: string): Promise<FilesFrom> => {
    const { layers } = await findImage(build, { name, platform: platformOfStage(planned, build), range }, progress);
    return { kind: "layers", layers };
  };
  switch (source.kind) {
    case "stage":
      return { kind: "layers", layers: (await build.stage(source.index, progress)).state.layers };
    case "context": {
      const context = await build.contexts.open(source.name);
      if (context.kind === "image") return ofImage(context.name);
      return context.kind === "files" ? { kind: "tree", tree: context.tree } : NOTHING;
    }
    case "image":
      return ofImage(source.name);
    case "scratch":
      return NOTHING;
  }
}
