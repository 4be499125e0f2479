import { untilAborted } from "#async";
import { decompress, LayerIndex } from "#archive";
import type { Ingest, ReceivedBlob } from "#content";
import { internal, isEngineError, throwIfAborted } from "#errors";
import type { BuildDeps } from "../build-deps.ts";
import type { FileTree } from "../trees/file-tree.ts";
import { LayerReader } from "../trees/layer-reader.ts";
import type { TarBytes } from "../trees/layer-reader.ts";
import { LayerTree } from "../trees/layer-tree.ts";
import { TarInMemory } from "../trees/tar-in-memory.ts";

/** Plain tars up to this many bytes stay in memory: a file and the way to another thread would cost more than all else with them. */
const IN_MEMORY = 256 * 1024;
/** In so many pieces, for each costs more than its bytes. */
const MAX_PIECES = 1000;

/** Files sent along with a request. Nothing is unpacked; disposing of it removes what was received. */
export interface ReceivedTree extends AsyncDisposable {
  readonly tree: FileTree;
}

/**
 * Takes in a tar, in any compression. Nothing at all is an empty tree.
 *
 * @throws internal for what is no tar, or cannot be unpacked below one root, in Docker's words.
 */
export async function receiveTree(
  { content }: Pick<BuildDeps, "content">,
  archive: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<ReceivedTree> {
  await using received = new AsyncDisposableStack();
  const tar = await receive(content, archive, { signal, received });
  if (tar === undefined) return { tree: EMPTY_TREE, [Symbol.asyncDispose]: () => Promise.resolve() };
  const { blob } = tar;
  if (blob.layer === undefined) throw internal(blob.notLayer ?? "unexpected EOF");
  const reader = received.use(new LayerReader(await tar.open()));
  const tree = new LayerTree([LayerIndex.open(blob.layer.index)], blob.digest, () => Promise.resolve(reader));
  const kept = received.move();
  return { tree, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

export const EMPTY_TREE: FileTree = new LayerTree([], "empty", () => Promise.reject(internal("there is nothing in an empty tree")));

interface ReceivedTar {
  readonly blob: ReceivedBlob;
  open(): Promise<TarBytes>;
}

interface Receiving {
  readonly signal: AbortSignal | undefined;
  /** Gets what has to be removed in the end. */
  readonly received: AsyncDisposableStack;
}

async function receive(
  content: BuildDeps["content"],
  archive: AsyncIterable<Uint8Array>,
  { signal, received }: Receiving,
): Promise<ReceivedTar | undefined> {
  const held: Uint8Array[] = [];
  let length = 0;
  let ingest: Ingest | undefined;
  await using ingests = new AsyncDisposableStack();
  try {
    const bytes = signal === undefined ? archive : untilAborted(archive, signal);
    for await (const chunk of decompress(bytes, { signal })) {
      throwIfAborted(signal);
      held.push(chunk);
      length += chunk.byteLength;
      if (ingest === undefined && length <= IN_MEMORY && held.length <= MAX_PIECES) continue;
      ingest ??= ingests.use(await content.ingest({ inspect: true, isPlainTree: true, isTemporary: true }));
      for (const piece of held.splice(0)) await ingest.write(piece);
    }
    throwIfAborted(signal);
  } catch (error) {
    throwIfAborted(signal);
    // Whoever sends a broken archive is told so as by Docker, which takes it for its own failure.
    if (isEngineError(error, "invalid-argument")) throw internal(error.message, { cause: error });
    throw error;
  }
  if (ingest === undefined) return length === 0 ? undefined : await inMemory(content, Buffer.concat(held));
  const blob = await ingest.finish();
  received.defer(() => content.discard([blob]));
  return { blob, open: () => content.openStaged(blob) };
}

async function inMemory(content: BuildDeps["content"], bytes: Buffer): Promise<ReceivedTar> {
  return { blob: await content.inspect(bytes, { isPlainTree: true }), open: () => Promise.resolve(new TarInMemory(bytes)) };
}
