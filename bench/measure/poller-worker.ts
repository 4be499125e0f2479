import { setTimeout as pause } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { EngineClient } from "../http/engine-client.ts";

export interface PollOrder {
  readonly socketPath: string;
  readonly paths: readonly string[];
  readonly pauseMs: number;
}

export interface PollReport {
  /** Milliseconds per answer, in the order of asking. */
  readonly byPath: Readonly<Record<string, readonly number[]>>;
  readonly failure?: string;
}

let stopped = false;
parentPort?.once("message", () => {
  stopped = true;
});
parentPort?.postMessage(await poll(workerData as PollOrder));

async function poll(order: PollOrder): Promise<PollReport> {
  using client = new EngineClient(order.socketPath);
  const byPath = Object.fromEntries(order.paths.map((path) => [path, [] as number[]]));
  try {
    // The first request of each kind opens the connection and is not counted.
    for (const path of order.paths) await client.ask("GET", path);
    while (!stopped) {
      for (const path of order.paths) byPath[path]?.push((await client.ask("GET", path)).elapsedMs);
      await pause(order.pauseMs);
    }
    return { byPath };
  } catch (error) {
    return { byPath, failure: error instanceof Error ? error.message : String(error) };
  }
}
