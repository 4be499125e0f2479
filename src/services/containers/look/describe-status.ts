import type { ContainerRecord } from "#container-records";
import type { Health } from "../health/health-monitor.ts";

/** Docker's sentence of what a container does, for people: `Up 3 minutes`, `Exited (0) 2 hours ago`. */
export function describeStatus(
  { state }: ContainerRecord,
  { now, health }: { readonly now: Date; readonly health: Health | undefined },
): string {
  const { status, exitCode, startedAt, finishedAt } = state;
  switch (status) {
    case "created":
      return "Created";
    case "dead":
      return "Dead";
    case "exited":
      return `Exited (${exitCode}) ${describeAge(finishedAt, now)} ago`;
    case "running":
      return `Up ${describeAge(startedAt, now)}${describeHealth(health)}`;
    case "paused":
      return `Up ${describeAge(startedAt, now)} (Paused)`;
  }
}

function describeHealth(health: Health | undefined): string {
  if (health === undefined) return "";
  return health.status === "starting" ? " (health: starting)" : ` (${health.status})`;
}

function describeAge(time: string | undefined, now: Date): string {
  return describeDuration(time === undefined ? 0 : (now.getTime() - Date.parse(time)) / 1000);
}

/** Of seconds, roughly. */
export function describeDuration(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 1) return "Less than a second";
  if (whole === 1) return "1 second";
  if (whole < 60) return `${whole} seconds`;
  const minutes = Math.floor(whole / 60);
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(seconds / 3600);
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}
