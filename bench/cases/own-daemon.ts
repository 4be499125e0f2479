import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineClient } from "../http/engine-client.ts";
import type { Stage } from "./case.ts";

/** A daemon and its process; `pid` is known where `needsPid` has let the case through. */
export interface Watched {
  readonly client: EngineClient;
  readonly pid: number;
}

/** `skip` of cases that read a daemon's memory. */
export function needsPid({ target }: Stage): string | undefined {
  return target.pid === undefined ? "its process is not known: give its pid file" : undefined;
}

/** Lends a data root below the temporary folder. */
export async function withDataRoot<T>(use: (dataRoot: string) => Promise<T>): Promise<T> {
  const dataRoot = await mkdtemp(join(tmpdir(), "slipway-bench-"));
  try {
    return await use(dataRoot);
  } finally {
    await rm(dataRoot, { recursive: true, force: true });
  }
}

/**
 * Lends a daemon that has done nothing yet, so that its memory does not depend on which cases ran before.
 * A reference cannot be started afresh: it is lent as it is, with all it has done.
 */
export async function withFreshDaemon<T>({ target }: Stage, use: (daemon: Watched) => Promise<T>): Promise<T> {
  const { launch } = target;
  if (launch === undefined) return use({ client: target.client, pid: target.pid ?? 0 });
  return withDataRoot(async (dataRoot) => {
    await using daemon = await launch(dataRoot);
    return await use(daemon);
  });
}
