import type { ContainerSettings } from "#oci";

/** How a container's health is looked at. Durations in milliseconds. */
export interface HealthPlan {
  readonly command: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failures so soon after the start do not count. */
  readonly startPeriodMs: number;
  /** Between two looks while it is starting. */
  readonly startIntervalMs: number;
  /** So many failures one after the other make it unhealthy. */
  readonly retries: number;
}

const NANOSECONDS = 1_000_000;
const SHELL = ["/bin/sh", "-c"];

/** Docker's defaults for what is not said; `undefined` when nobody wants to know. */
export function healthPlanOf({ Healthcheck: check, Shell: shell }: ContainerSettings): HealthPlan | undefined {
  const [kind, ...words] = check?.Test ?? [];
  const command = kind === "CMD-SHELL" ? [...(shell ?? SHELL), ...words] : words;
  if (check === undefined || (kind !== "CMD" && kind !== "CMD-SHELL") || words.length === 0) return undefined;
  const { Interval = 0, Timeout = 0, StartPeriod = 0, StartInterval = 0, Retries = 0 } = check;
  return {
    command,
    intervalMs: (Interval || 30e9) / NANOSECONDS,
    timeoutMs: (Timeout || 30e9) / NANOSECONDS,
    startPeriodMs: StartPeriod / NANOSECONDS,
    startIntervalMs: (StartInterval || 5e9) / NANOSECONDS,
    retries: Retries || 3,
  };
}
