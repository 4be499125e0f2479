import { existsSync } from "node:fs";
import { readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const CGROUP_ROOT = "/sys/fs/cgroup";
const ATTEMPTS = 100;
const PAUSE_MS = 20;

/**
 * Ends every process in a control group, and the group, in every hierarchy: after a runtime that was killed halfway,
 * nobody else knows of it.
 */
export async function removeCgroups(path: string): Promise<void> {
  const hierarchies = await readdir(CGROUP_ROOT, { withFileTypes: true }).catch(() => []);
  // Version 1 has a folder per hierarchy, version 2 is the folder.
  const roots = [CGROUP_ROOT, ...hierarchies.filter((entry) => entry.isDirectory()).map(({ name }) => join(CGROUP_ROOT, name))];
  await Promise.all(roots.map((root) => removeCgroup(join(root, path))));
}

/** With those that a process in there has made below it. */
async function removeCgroup(group: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const processes = await readFile(join(group, "cgroup.procs"), "utf8").catch(() => undefined);
    if (processes === undefined) return;
    // Of what is frozen nothing ends; which of the two there is depends on the version.
    await Promise.all([putInto(join(group, "freezer.state"), "THAWED"), putInto(join(group, "cgroup.freeze"), "0")]);
    const below = await readdir(group, { withFileTypes: true }).catch(() => []);
    await Promise.all(below.filter((entry) => entry.isDirectory()).map(({ name }) => removeCgroup(join(group, name))));
    for (const pid of processes.split("\n").filter((line) => /^[1-9]\d*$/.test(line))) killQuietly(Number(pid));
    const isGone = await rmdir(group).then(
      () => true,
      () => false,
    );
    if (isGone) return;
    await delay(PAUSE_MS);
  }
}

async function putInto(file: string, word: string): Promise<void> {
  if (existsSync(file)) await writeFile(file, word).catch(() => undefined);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
