import { applyChanges } from "#dockerfile";
import { internal, throwIfAborted } from "#errors";
import { digestOf, familiar, canonical, parseTagTarget } from "#oci";
import type { ContainerConfig, DiffId, ImageId, Platform } from "#oci";
import type { StagedBlob } from "#content";
import { publishImageEvent } from "./image-events.ts";
import type { ImageDeps } from "./image-deps.ts";
import { readImageGraph } from "./image-graph.ts";
import type { Cancellable } from "./images.ts";
import { recordImage } from "./record-image.ts";
import type { ImportEvent, ImportRequest } from "./types.ts";
import { LAYER_TYPE, writeManifest } from "./write-manifest.ts";

/** Makes an image of one layer from a root file system. Everything that can be refused is, before the archive is read. */
export async function* importImage(deps: ImageDeps, request: ImportRequest, options: Cancellable = {}): AsyncGenerator<ImportEvent> {
  const { repository, tag, changes = [], message = "" } = request;
  const reference = repository === undefined || repository === "" ? undefined : parseTagTarget(repository, tag);
  const config = applyChanges({}, changes);
  const layer = yield* receiveLayer(deps, request.archive, options);
  try {
    const { diffId } = layerOf(layer);
    using hold = deps.holds.take();
    hold.add(layer.digest);
    const configBytes = writeConfig({ config, diffId, message, platform: request.platform ?? deps.hostPlatform, created: deps.now() });
    const id = await storeImage(deps, hold, layer, configBytes, reference && canonical(reference));
    if (reference !== undefined) publishImageEvent(deps, "tag", id, familiar(reference));
    publishImageEvent(deps, "import", id, id);
    yield { type: "done", id };
  } finally {
    await deps.content.discard([layer]);
  }
}

async function* receiveLayer(
  deps: ImageDeps,
  archive: ImportRequest["archive"],
  { signal }: Cancellable,
): AsyncGenerator<ImportEvent, StagedBlob> {
  const { size: total, body } = "url" in archive ? await deps.fetchUrl(archive.url, { signal }) : { size: undefined, body: archive };
  await using ingest = await deps.content.ingest({ inspect: true, unwrapForeign: true });
  let current = 0;
  for await (const chunk of body) {
    throwIfAborted(signal);
    await ingest.write(chunk);
    current += chunk.byteLength;
    yield { type: "progress", current, total };
  }
  return await ingest.finish();
}

function layerOf({ layer, notLayer }: StagedBlob): { readonly diffId: DiffId } {
  if (layer === undefined) throw internal(notLayer ?? "unexpected EOF");
  return layer;
}

async function storeImage(
  deps: ImageDeps,
  hold: { add(digest: StagedBlob["digest"]): void },
  layer: StagedBlob,
  configBytes: Uint8Array,
  name: string | undefined,
): Promise<ImageId> {
  const mediaType = LAYER_TYPE[layer.layer?.compression ?? "none"];
  const manifest = writeManifest(configBytes, [{ mediaType, digest: layer.digest, size: layer.size }]);
  const documents = new Map([
    [digestOf(configBytes), configBytes],
    [manifest.descriptor.digest, manifest.bytes],
  ]);
  const graph = await readImageGraph(manifest.descriptor, ({ digest }) => Promise.resolve(documents.get(digest)));
  const [chosen] = graph.manifests;
  if (chosen === undefined) throw internal("the imported image has no manifest");
  const staged = new Map([[layer.digest, layer]]);
  try {
    for (const bytes of documents.values()) {
      const blob = await deps.content.stage(bytes);
      hold.add(blob.digest);
      staged.set(blob.digest, blob);
    }
    const { id } = await recordImage(deps, { graph, chosen, staged, isUnpublished: true, names: name === undefined ? [] : [name] });
    return id;
  } finally {
    await deps.content.discard(staged.values());
  }
}

interface ImportedConfig {
  readonly config: ContainerConfig;
  readonly diffId: DiffId;
  readonly message: string;
  readonly platform: Platform;
  readonly created: Date;
}

function writeConfig({ config, diffId, message, platform, created }: ImportedConfig): Uint8Array {
  const time = created.toISOString();
  const { variant } = platform;
  const json = {
    architecture: platform.architecture,
    comment: message,
    config,
    created: time,
    history: [{ created: time, comment: message }],
    os: platform.os,
    rootfs: { type: "layers", diff_ids: [diffId] },
    ...(variant !== undefined && { variant }),
  };
  return Buffer.from(JSON.stringify(json));
}
