import type { PathStat } from "#containers";
import { tidyTime } from "./go-time.ts";

/** Go's own bits for what a file is. */
const KINDS: Readonly<Record<number, number>> = {
  0o040000: 2 ** 31,
  0o120000: 2 ** 27,
  0o060000: 2 ** 26,
  0o020000: 2 ** 26 + 2 ** 21,
  0o010000: 2 ** 25,
  0o140000: 2 ** 24,
};

const [SETUID, SETGID, STICKY] = [2 ** 23, 2 ** 22, 2 ** 20];

export function encodePathStat({ name, size, mode, mtime, linkTarget }: PathStat): object {
  const fraction = String(mtime.nanoseconds).padStart(9, "0");
  const time = `${new Date(mtime.seconds * 1000).toISOString().slice(0, -5)}.${fraction}Z`;
  return { name: name.toWellFormed(), size, mode: goMode(mode), mtime: tidyTime(time), linkTarget: linkTarget.toWellFormed() };
}

function goMode(mode: number): number {
  const bits = [mode & 0o4000 ? SETUID : 0, mode & 0o2000 ? SETGID : 0, mode & 0o1000 ? STICKY : 0];
  return bits.reduce((sum, bit) => sum + bit, (mode & 0o777) + (KINDS[mode & 0o170000] ?? 0));
}
