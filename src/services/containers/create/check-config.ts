import { invalidArgument } from "#errors";
import type { ContainerSettings, Healthcheck } from "#oci";
import { parseSignal } from "../life/signals.ts";

/** Nanoseconds. */
const LEAST_DURATION = 1_000_000;

/** @throws invalid-argument. */
export function checkConfig({ Env = [], WorkingDir = "", StopSignal = "", Healthcheck: healthcheck }: ContainerSettings): void {
  for (const entry of Env) if (entry === "" || entry.startsWith("=")) throw invalidArgument(`invalid environment variable: ${entry}`);
  if (WorkingDir !== "" && !WorkingDir.startsWith("/")) {
    throw invalidArgument(`the working directory '${WorkingDir}' is invalid, it needs to be an absolute path`);
  }
  if (StopSignal !== "") parseSignal(StopSignal);
  if (healthcheck !== undefined) checkHealthcheck(healthcheck);
}

function checkHealthcheck(healthcheck: Healthcheck): void {
  for (const name of ["Interval", "Timeout"] as const) checkDuration(name, healthcheck[name]);
  if ((healthcheck.Retries ?? 0) < 0) throw invalidArgument("Retries in Healthcheck cannot be negative");
  for (const name of ["StartPeriod", "StartInterval"] as const) checkDuration(name, healthcheck[name]);
}

function checkDuration(name: string, value = 0): void {
  if (value !== 0 && value < LEAST_DURATION) throw invalidArgument(`${name} in Healthcheck cannot be less than 1ms`);
}
