import type { BlobReader, StagedBlob } from "#content";
import { dataLoss } from "#errors";
import { storeBlobs } from "#images";
import type { ImageDeps } from "#images";
import type { DiffId } from "#oci";
import { newRecord } from "../cache/new-record.ts";

/**
 * The plain tars of layers that came compressed, made when a file in the middle of one is wanted. They are stored
 * under their diffID like any layer and belong to the build cache, which may drop them.
 */
export class PlainLayers {
  readonly #deps: ImageDeps;
  readonly #making = new Map<DiffId, Promise<void>>();

  constructor(deps: ImageDeps) {
    this.#deps = deps;
  }

  /** @param tar gives the layer's bytes, for when they have to be written out. */
  async open(diffId: DiffId, tar: () => AsyncIterable<Uint8Array>): Promise<BlobReader> {
    const { metadata, content, holds } = this.#deps;
    using hold = holds.take();
    hold.add(diffId);
    if (metadata.blobs.find(diffId) === undefined) await this.#make(diffId, tar);
    return await content.open(diffId);
  }

  #make(diffId: DiffId, tar: () => AsyncIterable<Uint8Array>): Promise<void> {
    let making = this.#making.get(diffId);
    if (making === undefined) {
      making = this.#write(diffId, tar()).finally(() => this.#making.delete(diffId));
      this.#making.set(diffId, making);
    }
    return making;
  }

  async #write(diffId: DiffId, tar: AsyncIterable<Uint8Array>): Promise<void> {
    const { content, metadata, now } = this.#deps;
    const blob = await receiveTar(this.#deps, tar);
    try {
      if (blob.digest !== diffId) throw dataLoss(`layer ${diffId}: its stored bytes unpack to ${blob.digest}`);
      await storeBlobs(this.#deps, [blob], () => {
        const record = newRecord({ kind: "internal", description: `plain tar of layer ${diffId}`, blob, now: now() });
        metadata.buildCache.put(record, [`plain ${diffId}`]);
      });
    } finally {
      await content.discard([blob]);
    }
  }
}

/** Stages a tar with its entry index. */
export async function receiveTar({ content }: Pick<ImageDeps, "content">, tar: AsyncIterable<Uint8Array>): Promise<StagedBlob> {
  await using ingest = await content.ingest({ inspect: true });
  for await (const chunk of tar) await ingest.write(chunk);
  return await ingest.finish();
}
