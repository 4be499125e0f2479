import { decompress, LayerIndex } from "#archive";
import type { StagedBlob } from "#content";
import { dataLoss } from "#errors";
import { layerIndex } from "#images";
import { chainIds } from "#oci";
import type { DiffId, Digest } from "#oci";
import type { SnapshotLayer } from "#snapshots";
import type { BuildDeps } from "../build-deps.ts";
import { LayerReader } from "./layer-reader.ts";
import { LayerTree } from "./layer-tree.ts";

/** A layer of an image in the making. */
export interface BuildLayer {
  readonly diffId: DiffId;
  /** The blob that holds it, compressed or not. */
  readonly blob: Digest;
  /** Bytes of that blob. */
  readonly size: number;
  readonly mediaType: string;
  /** What the command that has made it is known by. */
  readonly key?: string;
}

/** The layers that one build works with: their indexes and tars, stored or just made. Closes what it opened. */
export class LayerFiles implements AsyncDisposable {
  readonly #deps: BuildDeps;
  readonly #fresh = new Map<Digest, StagedBlob>();
  readonly #indexes = new Map<DiffId, Promise<LayerIndex>>();
  readonly #readers = new Map<DiffId, Promise<LayerReader>>();
  readonly #opened = new AsyncDisposableStack();

  constructor(deps: BuildDeps) {
    this.#deps = deps;
  }

  /** Makes a blob known that is received but not stored yet. */
  add(blob: StagedBlob): void {
    this.#fresh.set(blob.digest, blob);
  }

  async tree(layers: readonly BuildLayer[]): Promise<LayerTree> {
    const indexes = await Promise.all(layers.map((layer) => this.#index(layer)));
    return new LayerTree(indexes, identityOf(layers), (number) => this.#reader(layers[number] ?? missing(number)));
  }

  /** The same layers for whoever unpacks them. */
  async chain(layers: readonly BuildLayer[]): Promise<readonly SnapshotLayer[]> {
    const chain = chainIds(layers.map(({ diffId }) => diffId));
    return Promise.all(
      layers.map(async (layer, number) => {
        const index = await this.#index(layer);
        return { chainId: chain[number] ?? layer.diffId, index, open: () => this.tar(layer) };
      }),
    );
  }

  /** The layer's tar from end to end, for whoever unpacks it. */
  async *tar(layer: BuildLayer): AsyncGenerator<Uint8Array> {
    await using blob = await this.#open(layer.blob);
    yield* decompress(blob.stream());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }

  #index(layer: BuildLayer): Promise<LayerIndex> {
    let index = this.#indexes.get(layer.diffId);
    if (index === undefined) this.#indexes.set(layer.diffId, (index = this.#readIndex(layer)));
    return index;
  }

  async #readIndex({ diffId, blob }: BuildLayer): Promise<LayerIndex> {
    const fresh = this.#fresh.get(blob)?.layer?.index;
    return fresh === undefined ? layerIndex(this.#deps, { diffId, blob }) : LayerIndex.open(fresh);
  }

  #reader(layer: BuildLayer): Promise<LayerReader> {
    let reader = this.#readers.get(layer.diffId);
    if (reader === undefined) this.#readers.set(layer.diffId, (reader = this.#openPlain(layer)));
    return reader;
  }

  async #openPlain(layer: BuildLayer): Promise<LayerReader> {
    const isPlain = layer.blob === layer.diffId;
    const blob = isPlain ? await this.#open(layer.blob) : await this.#deps.plainLayers.open(layer.diffId, () => this.tar(layer));
    return this.#opened.use(new LayerReader(blob));
  }

  #open(digest: Digest) {
    const fresh = this.#fresh.get(digest);
    return fresh === undefined ? this.#deps.content.open(digest) : this.#deps.content.openStaged(fresh);
  }
}

/** Of the tree that these layers make, without a look into any of them. */
export function identityOf(layers: readonly BuildLayer[]): string {
  return chainIds(layers.map(({ diffId }) => diffId)).at(-1) ?? "scratch";
}

function missing(number: number): never {
  throw dataLoss(`there is no layer ${number}`);
}
