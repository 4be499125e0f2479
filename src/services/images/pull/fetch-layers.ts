import { allOrAbort, giveBack, Seldom } from "#async";
import type { EventQueue } from "#async";
import type { StagedBlob } from "#content";
import { cancelled, invalidArgument, isEngineError, throwIfAborted } from "#errors";
import type { EngineError } from "#errors";
import type { Descriptor } from "#oci";
import type { LayerState, PullEvent } from "../types.ts";
import { openLayer } from "./open-layer.ts";
import type { Source } from "./pull-reference.ts";

/** Receives every layer that is not stored, several at a time, into `source.staged`; what is stored is held. */
export async function fetchLayers(source: Source, layers: readonly Descriptor[], queue: EventQueue<PullEvent>): Promise<void> {
  const distinct = [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
  const missing = distinct.filter(({ digest }) => {
    source.hold.add(digest);
    const isStored = source.deps.metadata.blobs.find(digest) !== undefined;
    queue.put({ type: "layer", digest, state: { step: isStored ? "exists" : "waits" } });
    return !isStored;
  });
  await allOrAbort(missing, (layer, signal) => fetchLayer(source, layer, queue, signal), source.options.signal);
}

async function fetchLayer(source: Source, layer: Descriptor, queue: EventQueue<PullEvent>, signal: AbortSignal): Promise<void> {
  const { deps } = source;
  let isQueued = false;
  const tell = (state: LayerState): void => queue.put({ type: "layer", digest: layer.digest, state });
  const progress = new Seldom<number>((current) => tell({ step: "downloading", current, total: layer.size }));
  const shared = deps.downloads.join(
    layer.digest,
    (onProgress, unwanted) => {
      isQueued = true;
      return deps.registries.downloads(() => {
        isQueued = false;
        return receive(source, layer, onProgress, unwanted);
      });
    },
    {
      onProgress: (received) => (received < layer.size ? progress.put(received) : progress.now(received)),
      onRetry: (seconds) => {
        progress.forget();
        tell({ step: "retrying", seconds });
      },
    },
  );
  if (isQueued) tell({ step: "queued" });
  source.blobs.use(shared);
  const blob = await untilAborted(shared.result, signal).finally(() => progress.forget());
  source.staged.set(layer.digest, blob);
  tell({ step: "verifying" });
  tell({ step: "downloaded" });
}

/**
 * Goes on where an earlier pull stood. Bytes that turn out wrong are thrown away and fetched once more: all of them where
 * some were here before, and from where they come where a mirror may have served them.
 */
async function receive(
  source: Source,
  layer: Descriptor,
  onProgress: (received: number) => void,
  signal: AbortSignal,
): Promise<StagedBlob> {
  const first = await receiveFrom(source, layer, { onProgress, signal, originOnly: false });
  if (first.blob !== undefined) return first.blob;
  const again = first.wasResumed ? await receiveFrom(source, layer, { onProgress, signal, originOnly: false }) : first;
  if (again.blob !== undefined) return again.blob;
  const last = await receiveFrom(source, layer, { onProgress, signal, originOnly: true });
  if (last.blob !== undefined) return last.blob;
  throw invalidArgument(`filesystem layer verification failed for digest ${layer.digest}`, { cause: last.wrong });
}

interface Receiving {
  readonly onProgress: (received: number) => void;
  readonly signal: AbortSignal;
  readonly originOnly: boolean;
}

type Received =
  | { readonly blob: StagedBlob }
  | { readonly blob: undefined; readonly wrong: EngineError; /** Not all of them were fetched now. */ readonly wasResumed: boolean };

async function receiveFrom(source: Source, layer: Descriptor, { onProgress, signal, originOnly }: Receiving): Promise<Received> {
  throwIfAborted(signal);
  const { digest, size } = layer;
  await using ingest = await source.deps.content.ingest({ digest, size, inspect: true, resumable: true, signal });
  let received = ingest.offset;
  if (received > 0) onProgress(received);
  try {
    if (received < size || size === 0) {
      for await (const chunk of await openLayer(source, layer, { signal, originOnly, offset: received })) {
        await ingest.write(chunk);
        received += chunk.byteLength;
        giveBack(chunk);
        onProgress(received);
      }
    }
    return { blob: await ingest.finish() };
  } catch (error) {
    if (!isEngineError(error, "data-loss")) throw error;
    return { blob: undefined, wrong: error, wasResumed: ingest.offset > 0 };
  }
}

/** One who leaves does not wait for what others still want. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfAborted(signal);
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(cancelled(signal.reason));
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
