import { allOrAbort } from "#async";
import type { EventQueue } from "#async";
import type { StagedBlob } from "#content";
import { cancelled, invalidArgument, isEngineError, throwIfAborted } from "#errors";
import type { Descriptor } from "#oci";
import type { PullEvent } from "../types.ts";
import type { Source } from "./pull-reference.ts";

/** Layers are reported this often at most, in bytes. */
const REPORT_EVERY = 512 * 1024;

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
  for (const { digest } of missing) queue.put({ type: "layer", digest, state: { step: "complete" } });
}

async function fetchLayer(source: Source, layer: Descriptor, queue: EventQueue<PullEvent>, signal: AbortSignal): Promise<void> {
  const { deps } = source;
  let reported = 0;
  const shared = deps.downloads.join(
    layer.digest,
    (onProgress, unwanted) => deps.registries.downloads(() => receive(source, layer, onProgress, unwanted)),
    (received) => {
      if (received < layer.size && received - reported < REPORT_EVERY) return;
      reported = received;
      queue.put({ type: "layer", digest: layer.digest, state: { step: "downloading", current: received, total: layer.size } });
    },
  );
  source.blobs.use(shared);
  const blob = await untilAborted(shared.result, signal);
  source.staged.set(layer.digest, blob);
  queue.put({ type: "layer", digest: layer.digest, state: { step: "verifying" } });
  queue.put({ type: "layer", digest: layer.digest, state: { step: "downloaded" } });
}

/** Wrong bytes from a mirror are asked for once more, where they come from. */
async function receive(
  source: Source,
  layer: Descriptor,
  onProgress: (received: number) => void,
  signal: AbortSignal,
): Promise<StagedBlob> {
  try {
    return await receiveFrom(source, layer, { onProgress, signal, originOnly: false });
  } catch (error) {
    if (!isEngineError(error, "data-loss")) throw error;
    return receiveFrom(source, layer, { onProgress, signal, originOnly: true }).catch((again: unknown) => {
      throw isEngineError(again, "data-loss")
        ? invalidArgument(`filesystem layer verification failed for digest ${layer.digest}`, { cause: again })
        : again;
    });
  }
}

interface Receiving {
  readonly onProgress: (received: number) => void;
  readonly signal: AbortSignal;
  readonly originOnly: boolean;
}

async function receiveFrom(
  { deps, repository }: Source,
  layer: Descriptor,
  { onProgress, signal, originOnly }: Receiving,
): Promise<StagedBlob> {
  throwIfAborted(signal);
  const { stream } = await repository.fetchBlob(layer, { signal, originOnly });
  await using ingest = await deps.content.ingest({ digest: layer.digest, size: layer.size, inspect: true });
  let received = 0;
  for await (const chunk of stream) {
    await ingest.write(chunk);
    received += chunk.byteLength;
    onProgress(received);
  }
  return await ingest.finish();
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
