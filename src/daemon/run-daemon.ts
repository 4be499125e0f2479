import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "./config/index.ts";
import { describe } from "./describe-error.ts";
import { openListeners } from "./listen/index.ts";
import type { Listeners, RequestListener } from "./listen/index.ts";
import type { Logger } from "./logger.ts";
import { writePidFile } from "./pid-file.ts";
import type { StopReason, StopRequests } from "./stop-requests.ts";

/** What the daemon knows of an engine. */
export interface ServedEngine {
  /** What runs ends, and so do the answers that wait for it; at once when `signal` fires. */
  stopContainers(options: { readonly signal: AbortSignal }): Promise<void>;
  close(): Promise<void>;
}

/** What the daemon serves; the program passes the real ones. */
export interface DaemonParts<E extends ServedEngine> {
  openEngine(): Promise<E>;
  /** `draining` fires when a stop has ended all containers: streams that never end by themselves should end then. */
  createApi(engine: E, options: { readonly draining: AbortSignal }): RequestListener;
}

export interface RunContext {
  readonly logger: Logger;
  readonly stopRequests: StopRequests;
  /** Called once everything listens. */
  readonly onReady: (listeners: Listeners) => void;
}

/** How long whoever waits for containers may take to hear that they were killed. */
const LAST_WORDS_MS = 1_000;

/** How long a process in an unknown state may take to put its data away. */
const BUG_CLOSE_MS = 5_000;

/**
 * Opens the engine, serves until asked to stop, and puts everything away again: no new requests, containers end while
 * running requests finish within the grace or are cut, then the engine closes. Resolves with the exit code.
 */
export async function runDaemon<E extends ServedEngine>(config: Config, parts: DaemonParts<E>, context: RunContext): Promise<number> {
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
    const stopped = engine.stopContainers({ signal: stopRequests.impatience }).then(() => draining.abort());
    await waitForAnswers(listeners, { graceMs: config.shutdownTimeoutMs, stopped }, context);
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

interface Patience {
  readonly graceMs: number;
  /** No container runs any more: each has a time of its own, and whoever waits for it gets its last words. */
  readonly stopped: Promise<void>;
}

/** Until the last answer, the end of the grace and of the containers, or a second signal, whichever comes first. */
async function waitForAnswers(
  listeners: Listeners,
  { graceMs, stopped }: Patience,
  { logger, stopRequests: { impatience } }: RunContext,
): Promise<void> {
  const grace = Number.isFinite(graceMs) ? fired(AbortSignal.timeout(graceMs)) : new Promise<void>(() => undefined);
  const hurried = fired(impatience).then(() => Promise.race([stopped, delay(LAST_WORDS_MS, undefined, { ref: false })]));
  await Promise.race([listeners.answered, Promise.all([grace, stopped]), hurried]);
  if (listeners.requestsInFlight > 0) logger.warn("daemon: cutting off running requests", { requests: listeners.requestsInFlight });
  listeners.cut();
  await listeners.answered;
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
