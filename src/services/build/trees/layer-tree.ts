import { fileSegments, TreeView } from "#archive";
import type { LayerIndex, LookupOptions, TreeEntry } from "#archive";
import { dataLoss } from "#errors";
import type { LayerReader } from "./layer-reader.ts";
import type { FileEntry, FileTree } from "./file-tree.ts";

const ZEROS = new Uint8Array(64 * 1024);

/** Opens the tar of one of the layers, base 0. */
export type OpenLayer = (layer: number) => Promise<LayerReader>;

/** The file system that a chain of layers makes; its files are read where they lie in the layers' tars. */
export class LayerTree implements FileTree {
  readonly identity: string;
  readonly view: TreeView;
  readonly #open: OpenLayer;

  /** @param identity of the chain: nothing else is taken to hold the same files. */
  constructor(layers: readonly LayerIndex[], identity: string, open: OpenLayer) {
    this.view = new TreeView(layers);
    this.identity = identity;
    this.#open = open;
  }

  stat(path: string, options?: LookupOptions): TreeEntry | undefined {
    return this.view.stat(path, options);
  }

  readdir(path: string): readonly string[] | undefined {
    return this.view.readdir(path);
  }

  resolve(path: string, options?: LookupOptions): string {
    return this.view.resolve(path, options);
  }

  async *read(file: FileEntry): AsyncGenerator<Uint8Array> {
    const reader = await this.#open(file.layer);
    for (const segment of fileSegments(file)) {
      if (segment.type === "hole") yield* zeros(segment.length);
      else yield* exactly(reader.read(segment.offset, segment.length), segment.length, file.path);
    }
  }
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= ZEROS.byteLength) yield ZEROS.subarray(0, left);
}

async function* exactly(chunks: AsyncIterable<Uint8Array>, length: number, path: string): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.byteLength;
    yield chunk;
  }
  if (read !== length) throw dataLoss(`cannot read ${JSON.stringify(path)}: its layer ends before it`);
}
