import { compareApiVersions } from "./interim-wire.ts";

/** From which API version on something holds, and below which; both absent: always. */
export interface Gate {
  readonly since?: string;
  readonly until?: string;
}

export function isSince(version: string, first: string): boolean {
  return compareApiVersions(version, first) >= 0;
}

export function isOpen(version: string, { since, until }: Gate): boolean {
  return (since === undefined || isSince(version, since)) && (until === undefined || !isSince(version, until));
}
