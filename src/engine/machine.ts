import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism, hostname } from "node:os";
import type { Machine } from "#containers";

/** Looks once; machines do not change that often. */
export async function readMachine(): Promise<Machine> {
  const cpus = availableParallelism();
  return {
    hostname: hostname(),
    cpus,
    onlineCpus: await readLine("/sys/devices/system/cpu/online", cpus === 1 ? "0" : `0-${cpus - 1}`),
    onlineMemoryNodes: await readLine("/sys/devices/system/node/online", "0"),
    hasCgroup2: existsSync("/sys/fs/cgroup/cgroup.controllers"),
    hasBlockWeight: existsSync("/sys/fs/cgroup/blkio/blkio.weight") || existsSync("/sys/fs/cgroup/io.weight"),
  };
}

async function readLine(path: string, otherwise: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => otherwise);
  return text.trim();
}
