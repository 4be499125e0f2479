import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "./config/index.ts";
import { describe } from "./describe-error.ts";
import { openListeners } from "./listen/index.ts";
import type { Listeners, RequestListener } from "./listen/index.ts";
import type { Logger } from "./logger.ts";
import { writePidFile } from "./pid-file.ts";
import type { StopReason, StopRequests } from "./stop-requests.ts";

/** What the daemon serves; the program passes the real ones. */
export interface DaemonParts<E extends { close(): Promise<void> }> {
  openEngine(): Promise<E>;
  /** `draining` fires when a stop begins: streams that never end by themselves should end then. */
  createApi(engine: E, options: { readonly draining: AbortSignal }): RequestListener;
}

export interface RunContext {
  readonly logger: Logger;
  readonly stopRequests: StopRequests;
  /** Called once everything listens. */
  readonly onReady: (listeners: Listeners) => void;
}

/** How long a process in an unknown state may take to put its data away. */
const BUG_CLOSE_MS = 5_000;

/**
 * Opens the engine, serves until asked to stop, and puts everything away again: no new requests, running ones finish
 * within the grace or are cut, then the engine closes. Resolves with the exit code.
 */
export async function runDaemon<E extends { close(): Promise<void> }>(
  config: Config,
  parts: DaemonParts<E>,
  context: RunContext,
): Promise<number> {
  const { logger, stopRequests } = context;
  await using _pidFile = config.pidFile === undefined ? undefined : await writePidFile(config.pidFile, process.pid);
  const engine = await parts.openEngine();
  const draining = new AbortController();
  let reason: StopReason | undefined;
  try {
    const listeners = await openListeners(config, parts.createApi(engine, { draining: draining.signal }), { logger });
    context.onReady(listeners);
    reason = await stopRequests.first;
    await listeners.close();
    logStop(reason, listeners, logger);
    draining.abort();
    await waitForAnswers(listeners, config.shutdownTimeoutMs, context);
  } finally {
    if (reason?.kind === "bug") await Promise.race([engine.close(), delay(BUG_CLOSE_MS, undefined, { ref: false })]);
    else await engine.close();
  }
  logger.info("daemon: stopped");
  return reason.kind === "bug" ? 1 : 0;
}

function logStop(reason: StopReason, listeners: Listeners, logger: Logger): void {
  const requests = listeners.requestsInFlight;
  if (reason.kind === "signal") logger.info("daemon: stopping", { signal: reason.signal, requests });
  else logger.error("daemon: stopping because of a bug", { requests, error: describe(reason.error) });
}

/** Until the last answer, the end of the grace, or a second signal, whichever comes first. */
async function waitForAnswers(listeners: Listeners, graceMs: number, { logger, stopRequests }: RunContext): Promise<void> {
  const patience = AbortSignal.any([stopRequests.impatience, ...(Number.isFinite(graceMs) ? [AbortSignal.timeout(graceMs)] : [])]);
  const outOfPatience = new Promise<void>((resolve) => {
    if (patience.aborted) resolve();
    else patience.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([listeners.answered, outOfPatience]);
  if (listeners.requestsInFlight > 0) logger.warn("daemon: cutting off running requests", { requests: listeners.requestsInFlight });
  listeners.cut();
  await listeners.answered;
}
