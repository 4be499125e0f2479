import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export const CGROUP_ROOT = "/sys/fs/cgroup";

/** Version 1 has a hierarchy per controller, version 2 one for all. */
export function hasCgroup2(): boolean {
  return existsSync(join(CGROUP_ROOT, "cgroup.controllers"));
}

export function canLimitSwap(): boolean {
  return hasCgroup2() || existsSync(join(CGROUP_ROOT, "memory/memory.memsw.limit_in_bytes"));
}

/** The control group of one container, in every hierarchy: what it has used, and who is in it. */
export class ControlGroup {
  readonly #path: string;
  readonly isVersion2 = hasCgroup2();

  /** @param path below the root of every hierarchy. */
  constructor(path: string) {
    this.#path = path;
  }

  folder(controller: string): string {
    return this.isVersion2 ? join(CGROUP_ROOT, this.#path) : join(CGROUP_ROOT, controller, this.#path);
  }

  /** Empty when there is no such file, which depends on the kernel. */
  read(controller: string, file: string): Promise<string> {
    return readFile(join(this.folder(controller), file), "utf8").catch(() => "");
  }

  /** Undefined when there is no such number, or no limit. */
  async number(controller: string, file: string): Promise<number | undefined> {
    const text = (await this.read(controller, file)).trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  }

  /** Lines of a name and a number. */
  async table(controller: string, file: string): Promise<ReadonlyMap<string, number>> {
    const lines = (await this.read(controller, file)).split("\n").map((line) => line.split(" "));
    return new Map(lines.filter((fields) => fields.length === 2).map(([name = "", value]) => [name, Number(value)]));
  }

  /** Everything that runs in it and below it, by number. */
  async processes(): Promise<number[]> {
    const pids = await processesIn(this.folder("pids"));
    return pids.sort((a, b) => a - b);
  }
}

async function processesIn(folder: string): Promise<number[]> {
  const text = await readFile(join(folder, "cgroup.procs"), "utf8").catch(() => "");
  const below = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const nested = below.filter((entry) => entry.isDirectory()).map(({ name }) => processesIn(join(folder, name)));
  return [...text.split("\n").filter(Boolean).map(Number), ...(await Promise.all(nested)).flat()];
}
