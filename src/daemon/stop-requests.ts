/** Why the daemon should end: somebody asked, or a bug left the process in an unknown state. */
export type StopReason = { readonly kind: "signal"; readonly signal: NodeJS.Signals } | { readonly kind: "bug"; readonly error: unknown };

export interface StopRequests {
  /** The first wish to stop. */
  readonly first: Promise<StopReason>;
  /** Fires when waiting is over: a second signal, or a bug. */
  readonly impatience: AbortSignal;
}

export interface StopRequestsOptions {
  readonly onReload: () => void;
  /** Ends the process at once, with this exit code; for the third signal and for a bug while stopping. */
  readonly kill: (exitCode: number, reason: StopReason) => void;
}

/**
 * One key press can arrive twice: the terminal tells the whole process group, and `npm start` passes on what it got.
 * Signals this close together are one wish.
 */
const SAME_PRESS_MS = 250;

const STOP_SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Takes over the process's signals and its last-resort handlers; called once, by the program. */
export function watchStopRequests({ onReload, kill }: StopRequestsOptions): StopRequests {
  const first = Promise.withResolvers<StopReason>();
  const impatience = new AbortController();
  let wishes = 0;
  let lastAt = Number.NEGATIVE_INFINITY;

  function onSignal(signal: keyof typeof STOP_SIGNALS): void {
    const now = performance.now();
    if (now - lastAt < SAME_PRESS_MS) return;
    lastAt = now;
    wishes += 1;
    if (wishes === 1) first.resolve({ kind: "signal", signal });
    else if (wishes === 2) impatience.abort(signal);
    else kill(128 + STOP_SIGNALS[signal], { kind: "signal", signal });
  }

  let hasBug = false;
  function onBug(error: unknown): void {
    if (hasBug) kill(1, { kind: "bug", error });
    hasBug = true;
    first.resolve({ kind: "bug", error });
    impatience.abort(error);
  }

  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("SIGHUP", onReload);
  process.on("uncaughtException", onBug);
  process.on("unhandledRejection", onBug);
  return { first: first.promise, impatience: impatience.signal };
}
