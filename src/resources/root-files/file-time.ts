import type { TarTime } from "#archive";

/** For Node, which takes a negative number for the present, but not a date. */
export function fileTime({ seconds, nanoseconds }: TarTime): number | Date {
  const time = seconds + nanoseconds / 1e9;
  return time < 0 ? new Date(time * 1000) : time;
}
