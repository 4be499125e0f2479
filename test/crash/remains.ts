import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const CGROUPS = "/sys/fs/cgroup";

/** Nothing is mounted below the data root, and no container is left of the engine that was this process, nor its files. */
export function verifyNothingRuns(dataRoot: string, pid: number, where: string): void {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(dataRoot));
  const hierarchies = existsSync(CGROUPS) ? ["", ...readdirSync(CGROUPS)] : [];
  const groups = hierarchies.filter((name) => !name.includes(".")).flatMap((name) => readdirSync(join(CGROUPS, name)));
  const containers = groups.filter((name) => name.startsWith(`slipway-${pid}-`));
  const files = ["runtime", "private"].filter((name) => existsSync(join(dataRoot, name)));
  assert.deepEqual({ mounts, containers, files }, { mounts: [], containers: [], files: [] }, where);
}
