import { internal } from "#errors";
import type { StagedBlob } from "#content";
import { collectGarbage, publishImageEvent, readImageGraph, recordImage, writeManifest } from "#images";
import { canonical, digestOf, familiar } from "#oci";
import type { Digest, ImageId, Reference } from "#oci";
import type { Build } from "../build.ts";
import { isEmpty, writeConfig } from "../stage-state.ts";
import type { StageState } from "../stage-state.ts";
import type { BuildEvent } from "../types.ts";

/** Makes the image of what a build has come to, with its names. Its layers are stored already. */
export async function* recordBuild(build: Build, state: StageState, tags: readonly Reference[]): AsyncGenerator<BuildEvent> {
  if (isEmpty(state)) throw internal("No image was generated. Is your Dockerfile empty?");
  const id = await record(build, state, tags);
  // What the last stage has told was not squashed yet.
  if (build.request.squash === true) yield { type: "stage", id };
  yield { type: "built", id };
  for (const tag of tags) {
    publishImageEvent(build.deps, "tag", id, familiar(tag));
    yield { type: "tagged", name: familiar(tag) };
  }
  yield { type: "done", id };
}

async function record(build: Build, state: StageState, tags: readonly Reference[]): Promise<ImageId> {
  const { deps, hold } = build;
  const config = writeConfig(state, build);
  const layers = state.layers.map(({ mediaType, blob, size }) => ({ mediaType, digest: blob, size }));
  const manifest = writeManifest(config, layers);
  const documents = new Map([
    [digestOf(config), config],
    [manifest.descriptor.digest, manifest.bytes],
  ]);
  const graph = await readImageGraph(manifest.descriptor, ({ digest }) => Promise.resolve(documents.get(digest)));
  const [chosen] = graph.manifests;
  if (chosen === undefined) throw internal("the built image has no manifest");
  const staged = new Map<Digest, StagedBlob>();
  try {
    for (const bytes of documents.values()) {
      hold.add(digestOf(bytes));
      const blob = await deps.content.stage(bytes);
      staged.set(blob.digest, blob);
    }
    const isNew = deps.catalog.find(digestOf(config)) === undefined;
    const { id, released } = await recordImage(deps, { graph, chosen, staged, isUnpublished: true, names: tags.map(canonical) });
    await collectGarbage(deps, released);
    if (isNew) publishImageEvent(deps, "create", id, id);
    return id;
  } finally {
    await deps.content.discard(staged.values());
  }
}
