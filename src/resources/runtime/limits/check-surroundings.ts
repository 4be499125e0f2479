import { isIP } from "node:net";
import { invalidArgument } from "#errors";
import type { RunSpec } from "../run-spec.ts";
import { checkCpu, checkMemory } from "./check-limits.ts";
import type { OnlineParts } from "./check-limits.ts";

/** What can be said of the surroundings of a process before there is a root for it. @throws invalid-argument in Docker's words and order. */
export function checkSurroundings(
  { extraHosts = [], limits = {}, shmSize = 0 }: Pick<RunSpec, "extraHosts" | "limits" | "shmSize">,
  machine: OnlineParts,
): void {
  for (const { ip } of extraHosts) {
    if (ip !== "host-gateway" && isIP(ip) === 0) throw invalidArgument(`invalid IP address in add-host: ${JSON.stringify(ip)}`);
  }
  if (shmSize < 0) throw invalidArgument("SHM size can not be less than 0");
  checkMemory(limits);
  checkCpu(limits, machine);
}
