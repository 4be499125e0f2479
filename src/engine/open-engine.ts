import { randomUUID } from "node:crypto";
import { createImages, diskUsage, sweepOrphans } from "#images";
import type { Engine } from "./engine.ts";
import { openResources } from "./open-resources.ts";

export interface OpenOptions {
  /** Directory of everything that is stored; made when it is new. Owned by one engine at a time. */
  readonly dataRoot?: string;
  /** A throw-away engine instead: a temporary root, nothing synced, all gone when it is closed. */
  readonly memory?: boolean;
  /** Told what start-up had to repair; by default nobody. */
  readonly warn?: (message: string) => void;
}

/**
 * Opens an engine over `dataRoot`, or over nothing with `memory: true`.
 *
 * @throws conflict when another engine has the root; unavailable when the disk does not let it be opened.
 */
export async function openEngine(options: OpenOptions): Promise<Engine> {
  const { dataRoot: given, memory = false, warn = () => undefined } = options;
  if (memory === (given !== undefined)) throw new TypeError("openEngine needs either a dataRoot or memory: true");
  const resources = await openResources({ dataRoot: given, warn });
  const { dataRoot, deps } = resources;
  // Neither may delay the first answer, and neither may fail a start.
  const settling = Promise.allSettled([deps.reserve.fill(), deps.metadata.wasClosed ? undefined : sweepOrphans(deps)]);
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await settling;
    await resources[Symbol.asyncDispose]();
  }
  const closeOnce = (): Promise<void> => (closing ??= close());
  return {
    id: deps.metadata.setting("engine-id", randomUUID),
    dataRoot,
    images: createImages(deps),
    events: deps.events,
    diskUsage: () => diskUsage(deps),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}
