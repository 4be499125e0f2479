import { parentPort } from "node:worker_threads";
import { toEngineError } from "#errors";
import { BlobReceiver } from "./blob-receiver.ts";
import type { FromWorker, ToWorker } from "./ingest-messages.ts";
import type { ReceiveOptions } from "./received-blob.ts";

/** The far end of `IngestThread`: one receiver per blob under way. */
if (parentPort === null) throw new Error("the ingest worker runs only as a worker thread");
const port = parentPort;
const receivers = new Map<number, Promise<BlobReceiver>>();

port.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "begin":
      begin(message.id, message.path, message.options);
      break;
    case "chunk":
      void answer(message.id, () => consume(message.id, message.buffer, message.length));
      break;
    case "finish":
      void answer(message.id, () => finish(message.id));
      break;
    case "abort":
      void answer(message.id, () => abort(message.id));
      break;
    default:
      message satisfies never;
  }
});

function begin(id: number, path: string | undefined, options: ReceiveOptions): void {
  const receiver = BlobReceiver.create(path, options);
  // Reported with the first chunk, which waits for it.
  receiver.catch(() => undefined);
  receivers.set(id, receiver);
  if (options.resume) void answer(id, async () => ({ type: "resumed", id, offset: await (await receiver).catchUp() }));
}

async function consume(id: number, buffer: ArrayBuffer, length: number): Promise<FromWorker | undefined> {
  const receiver = await receivers.get(id);
  await receiver?.write(new Uint8Array(buffer, 0, length));
  return { type: "consumed", id, buffer };
}

async function finish(id: number): Promise<FromWorker | undefined> {
  const receiver = await receivers.get(id);
  if (receiver === undefined) return undefined;
  const blob = await receiver.finish();
  receivers.delete(id);
  return { type: "finished", id, blob };
}

async function abort(id: number): Promise<FromWorker> {
  const receiver = await receivers.get(id)?.catch(() => undefined);
  receivers.delete(id);
  await receiver?.abort();
  return { type: "aborted", id };
}

async function answer(id: number, work: () => Promise<FromWorker | undefined>): Promise<void> {
  try {
    const reply = await work();
    if (reply !== undefined) port.postMessage(reply, transfersOf(reply));
  } catch (error) {
    const known = toEngineError(error);
    const { message, stack } = known ?? (error instanceof Error ? error : new Error(String(error)));
    port.postMessage({ type: "failed", id, failure: { kind: known?.kind, message, stack } } satisfies FromWorker);
  }
}

function transfersOf(reply: FromWorker): ArrayBuffer[] {
  if (reply.type === "consumed") return [reply.buffer];
  if (reply.type === "finished" && reply.blob.layer !== undefined) return [reply.blob.layer.index.buffer];
  return [];
}
