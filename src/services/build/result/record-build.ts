import { internal } from "#errors";
import type { StagedBlob } from "#content";
import { collectGarbage, imageIdOf, publishImageEvent, readImageGraph, recordImage, writeIndex, writeManifest } from "#images";
import { bestPlatform, canonical, digestOf, familiar } from "#oci";
import type { Descriptor, Digest, ImageId, Reference } from "#oci";
import type { Build } from "../build.ts";
import type { BuildDeps } from "../build-deps.ts";
import { isEmpty, writeConfig } from "../stage-state.ts";
import type { ConfigFacts, StageState } from "../stage-state.ts";
import type { BuildEvent } from "../types.ts";

/** What one platform has come to. */
export interface BuildResult {
  readonly state: StageState;
  /** Of that platform's build: each has its own time. */
  readonly facts: ConfigFacts;
}

/** Makes the image of what a build has come to, for one platform or several, with its names. Its layers are stored already. */
export async function* recordBuild(build: Build, results: readonly BuildResult[], tags: readonly Reference[]): AsyncGenerator<BuildEvent> {
  if (results.some(({ state }) => isEmpty(state))) throw internal("No image was generated. Is your Dockerfile empty?");
  const id = await record(build, results, tags);
  // What the last stage has told was not squashed yet, or was one platform's.
  if (build.request.squash === true || results.length > 1) yield { type: "stage", id };
  yield { type: "built", id };
  for (const tag of tags) {
    publishImageEvent(build.deps, "tag", id, familiar(tag));
    yield { type: "tagged", name: familiar(tag) };
  }
  yield { type: "done", id };
}

async function record(build: Build, results: readonly BuildResult[], tags: readonly Reference[]): Promise<ImageId> {
  const { deps, hold } = build;
  const { target, documents } = write(results);
  const names = tags.map(canonical);
  const known = findRecorded(deps, target.digest, names);
  if (known !== undefined) return known;
  const graph = await readImageGraph(target, ({ digest }) => Promise.resolve(documents.get(digest)));
  const chosen = bestPlatform(graph.manifests, (manifest) => manifest.record.platform, deps.hostPlatform) ?? graph.manifests[0];
  if (chosen === undefined) throw internal("the built image has no manifest");
  const staged = new Map<Digest, StagedBlob>();
  try {
    for (const [digest, bytes] of documents) {
      hold.add(digest);
      staged.set(digest, await deps.content.stage(bytes));
    }
    const isNew = deps.catalog.find(imageIdOf(chosen)) === undefined;
    const { id, released } = await recordImage(deps, { graph, chosen, staged, isUnpublished: true, names });
    await collectGarbage(deps, released);
    if (isNew) publishImageEvent(deps, "create", id, id);
    return id;
  } finally {
    await deps.content.discard(staged.values());
  }
}

/** The image, when all of it is recorded under these names already: a build that only found what was there waits for no disk. */
function findRecorded({ metadata, catalog, now }: BuildDeps, target: Digest, names: readonly string[]): ImageId | undefined {
  const [id] = metadata.images.imagesOfTarget(target);
  if (id === undefined || !metadata.blobs.isComplete(target)) return undefined;
  const stand = names.map((name) => catalog.findName(name));
  if (!stand.every((record) => record?.image === id && record.target === target)) return undefined;
  if (names.length > 0) catalog.change((change) => change.setLastTagged(id, now()));
  return id;
}

interface Written {
  /** The manifest, or the index of several. */
  readonly target: Descriptor;
  readonly documents: ReadonlyMap<Digest, Uint8Array>;
}

function write(results: readonly BuildResult[]): Written {
  const documents = new Map<Digest, Uint8Array>();
  const manifests = results.map(({ state, facts }) => {
    const config = writeConfig(state, facts);
    const layers = state.layers.map(({ mediaType, blob, size }) => ({ mediaType, digest: blob, size }));
    const { descriptor, bytes } = writeManifest(config, layers);
    documents.set(digestOf(config), config);
    documents.set(descriptor.digest, bytes);
    return { ...descriptor, platform: state.platform };
  });
  const [only, ...others] = manifests;
  if (only === undefined) throw internal("nothing was built");
  if (others.length === 0) {
    const { platform: _, ...target } = only;
    return { target, documents };
  }
  const { descriptor, bytes } = writeIndex(manifests);
  documents.set(descriptor.digest, bytes);
  return { target: descriptor, documents };
}
