import { existsSync, readFileSync } from "node:fs";

/** What is mounted below a folder. */
export function mountsBelow(folder: string): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(folder));
}

export function isPidAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/exe`);
}
