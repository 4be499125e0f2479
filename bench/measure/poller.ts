import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { internal } from "#errors";
import type { PollOrder, PollReport } from "./poller-worker.ts";

/** Asks the given paths in turn, in a thread of its own, until `work` has ended; latencies in milliseconds by path. */
export async function pollDuring<T>(order: PollOrder, work: () => Promise<T>): Promise<{ result: T; latencies: PollReport }> {
  // The upload keeps this thread's loop busy, and its delays would be taken for the engine's.
  const worker = new Worker(new URL("./poller-worker.ts", import.meta.url), { workerData: order });
  const ended = once(worker, "exit");
  const reported = once(worker, "message");
  ended.catch(() => {});
  try {
    const result = await work();
    worker.postMessage("stop");
    const [latencies] = (await reported) as [PollReport];
    if (latencies.failure !== undefined) throw internal(`cannot measure answers during work: ${latencies.failure}`);
    return { result, latencies };
  } finally {
    await worker.terminate();
  }
}
