import type { StagedBlob } from "#content";
import { internal } from "#errors";
import { digestOf } from "#oci";
import type { Descriptor, ImageId } from "#oci";
import type { Hold } from "./holds.ts";
import type { ImageDeps } from "./image-deps.ts";
import { readImageGraph } from "./image-graph.ts";
import { recordImage } from "./record-image.ts";
import type { RecordedImage } from "./record-image.ts";
import { writeManifest } from "./write-manifest.ts";

/** An image that is made here. */
export interface MadeImage {
  readonly config: Uint8Array;
  /** Base first. Those that are not staged must be stored, and held. */
  readonly layers: readonly Descriptor[];
  readonly staged: readonly StagedBlob[];
  readonly parent?: ImageId | undefined;
  /** Canonical references. */
  readonly names: readonly string[];
}

/** Stores an image of one manifest, which is written for it. What is staged for it stays its caller's to discard. */
export async function storeImage(deps: ImageDeps, hold: Hold, image: MadeImage): Promise<RecordedImage> {
  const { config, layers, parent, names } = image;
  const manifest = writeManifest(config, layers);
  const documents = new Map([
    [digestOf(config), config],
    [manifest.descriptor.digest, manifest.bytes],
  ]);
  const graph = await readImageGraph(manifest.descriptor, ({ digest }) => Promise.resolve(documents.get(digest)));
  const [chosen] = graph.manifests;
  if (chosen === undefined) throw internal("the image that was made has no manifest");
  const staged = new Map(image.staged.map((blob) => [blob.digest, blob]));
  const own: StagedBlob[] = [];
  try {
    for (const bytes of documents.values()) {
      const blob = await deps.content.stage(bytes);
      own.push(blob);
      hold.add(blob.digest);
      staged.set(blob.digest, blob);
    }
    return await recordImage(deps, { graph, chosen, staged, parent, isUnpublished: true, names });
  } finally {
    await deps.content.discard(own);
  }
}
