import { writeTar } from "#archive";
import { digestOf } from "#oci";
import type { Build } from "../build.ts";
import { writeConfig } from "../stage-state.ts";
import type { StageState } from "../stage-state.ts";
import { treeChanges } from "../trees/tree-changes.ts";
import type { BuildEvent } from "../types.ts";

/** Hands over the files of what was built. No image comes of it. */
export async function* giveFiles(build: Build, state: StageState): AsyncGenerator<BuildEvent> {
  const tree = await build.files.tree(state.layers);
  yield { type: "files", tar: writeTar(treeChanges(tree, { before: undefined, firstLayer: 0 })) };
  yield { type: "done", id: digestOf(writeConfig(state, build)) };
}
