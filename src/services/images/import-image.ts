import { applyChanges } from "#dockerfile";
import { internal, throwIfAborted } from "#errors";
import { familiar, canonical, parseTagTarget } from "#oci";
import type { ContainerConfig, DiffId, Platform } from "#oci";
import type { StagedBlob } from "#content";
import { publishImageEvent } from "./image-events.ts";
import type { ImageDeps } from "./image-deps.ts";
import type { Cancellable } from "./images.ts";
import { storeImage } from "./store-image.ts";
import type { ImportEvent, ImportRequest } from "./types.ts";
import { LAYER_TYPE } from "./write-manifest.ts";

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
    const mediaType = LAYER_TYPE[layer.layer?.compression ?? "none"];
    const layers = [{ mediaType, digest: layer.digest, size: layer.size }];
    const names = reference === undefined ? [] : [canonical(reference)];
    const { id } = await storeImage(deps, hold, { config: configBytes, layers, staged: [layer], names });
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
