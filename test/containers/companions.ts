import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process that an engine has started, or that was started by one of those. */
export interface Companion {
  readonly pid: number;
  readonly name: string;
  /** In the kernel's own unit: with the number it tells one process from every other. */
  readonly startedAt: string;
}

/** All that run now. One whose end has not been noted yet is none. */
export function companionsOf(engine: number): readonly Companion[] {
  const rows = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => rowOf(Number(pid)));
  const below = (parent: number): typeof rows => rows.filter((row) => row.parent === parent).flatMap((row) => [row, ...below(row.pid)]);
  return below(engine).filter(({ state }) => state !== "Z");
}

export function isThere({ pid, startedAt }: Companion): boolean {
  return rowOf(pid).some((row) => row.startedAt === startedAt && row.state !== "Z");
}

/** Whether it lives in a network that is not this process's. */
export function hasOtherNetwork({ pid }: Companion): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync("/proc/self/ns/net");
  } catch {
    return false;
  }
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

interface Row extends Companion {
  readonly state: string;
  readonly parent: number;
}

function rowOf(pid: number): Row[] {
  try {
    const [, name = "", rest = ""] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const fields = rest.split(" ");
    return [{ pid, name, state: fields[0] ?? "", parent: Number(fields[1]), startedAt: fields[19] ?? "" }];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
