import { compareApiVersions } from "#wire";

/** Whether a request of this version knows what `first` brought. */
export function isSince(version: string, first: string): boolean {
  return compareApiVersions(version, first) >= 0;
}
