import { untilAborted } from "#async";
import { decompress, LayerIndex } from "#archive";
import type { StagedBlob } from "#content";
import { internal, isEngineError, throwIfAborted } from "#errors";
import type { BuildDeps } from "../build-deps.ts";
import type { FileTree } from "../trees/file-tree.ts";
import { LayerReader } from "../trees/layer-reader.ts";
import { LayerTree } from "../trees/layer-tree.ts";

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
  const blob = await receive(content, archive, signal);
  if (blob === undefined) return { tree: EMPTY_TREE, [Symbol.asyncDispose]: () => Promise.resolve() };
  received.defer(() => content.discard([blob]));
  if (blob.layer === undefined) throw internal(blob.notLayer ?? "unexpected EOF");
  const reader = received.use(new LayerReader(await content.openStaged(blob)));
  const tree = new LayerTree([LayerIndex.open(blob.layer.index)], blob.digest, () => Promise.resolve(reader));
  const kept = received.move();
  return { tree, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

export const EMPTY_TREE: FileTree = new LayerTree([], "empty", () => Promise.reject(internal("there is nothing in an empty tree")));

async function receive(
  content: BuildDeps["content"],
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<StagedBlob | undefined> {
  await using ingest = await content.ingest({ inspect: true, isPlainTree: true, isTemporary: true });
  let isEmpty = true;
  try {
    const bytes = signal === undefined ? archive : untilAborted(archive, signal);
    for await (const chunk of decompress(bytes, { signal })) {
      throwIfAborted(signal);
      await ingest.write(chunk);
      isEmpty = false;
    }
    throwIfAborted(signal);
  } catch (error) {
    throwIfAborted(signal);
    // Whoever sends a broken archive is told so as by Docker, which takes it for its own failure.
    if (isEngineError(error, "invalid-argument")) throw internal(error.message, { cause: error });
    throw error;
  }
  return isEmpty ? undefined : await ingest.finish();
}
