import { throwIfAborted, toEngineError } from "#errors";
import { detailsOf } from "./failure.ts";
import type { RegistryClock } from "./registry-config.ts";
import type { RetryNotice } from "./types.ts";

export interface RetryPlan {
  readonly attempts: number;
  /** Before attempt `attempt`, from 2. */
  readonly delay: (attempt: number) => number;
  /** A registry that was not reached, or not in time, is asked again too. */
  readonly isPatient: boolean;
  readonly maxRetryAfter: number;
  readonly clock: RegistryClock;
  readonly signal: AbortSignal | undefined;
  readonly onRetry: (retry: Pick<RetryNotice, "attempt" | "delay" | "seconds" | "reason">) => void;
}

/** Spread, so that many clients that failed together do not come back together. */
const JITTER = 0.1;
const SECOND = 1000;

/** Runs `task` until it succeeds, fails for good or has failed often enough; then its last error stands. */
export async function withRetries<T>(task: () => Promise<T>, plan: RetryPlan): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      throwIfAborted(plan.signal);
      return await task();
    } catch (error) {
      await pause(error, attempt + 1, plan);
    }
  }
}

/** Waits for the next attempt, or throws `error` when there is none. */
export async function pause(
  error: unknown,
  attempt: number,
  { attempts, delay, isPatient, maxRetryAfter, clock, signal, onRetry }: RetryPlan,
): Promise<void> {
  const reason = toEngineError(error);
  const { isTransient, isUnreached = false, isTimeout = false, retryAfter = 0 } = detailsOf(error);
  const isHopeless = isTransient !== true || ((isUnreached || isTimeout) && !isPatient);
  if (reason === undefined || isHopeless || attempt > attempts || retryAfter > maxRetryAfter) throw error;
  throwIfAborted(signal);
  const asked = Math.max(delay(attempt), retryAfter);
  const wait = Math.max(Math.round(delay(attempt) * (1 + Math.random() * JITTER)), retryAfter);
  // Docker counts down second by second, from what was asked for; what comes on top passes in the first.
  let left = wait;
  for (let seconds = Math.max(1, Math.floor(asked / SECOND)); seconds > 0; seconds -= 1) {
    onRetry({ attempt, delay: wait, seconds, reason });
    const next = (seconds - 1) * SECOND;
    await clock.sleep(left - next, signal);
    left = next;
  }
}
