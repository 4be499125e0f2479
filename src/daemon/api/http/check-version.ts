import { invalidArgument } from "#errors";
import { compareApiVersions, MAX_API_VERSION } from "#wire";
import { plainText } from "./answer.ts";
import type { WholeAnswer } from "./answer.ts";
import { errorAnswer } from "./error-answer.ts";
import type { Route } from "./route.ts";

/** Clients below 1.24 expect plain text; whatever they ask for, this is what they get. */
export function refuseVersion(version: string, minimum: string): WholeAnswer | undefined {
  if (compareApiVersions(version, MAX_API_VERSION) > 0) {
    return errorAnswer(invalidArgument(`client version ${version} is too new. Maximum supported API version is ${MAX_API_VERSION}`));
  }
  if (compareApiVersions(version, minimum) >= 0) return undefined;
  const advice = "please upgrade your client to a newer version";
  const message = `client version ${version} is too old. Minimum supported API version is ${minimum}, ${advice}`;
  if (compareApiVersions(version, "1.24") >= 0) return errorAnswer(invalidArgument(message));
  return plainText(`${message}\n`, 400, { "X-Content-Type-Options": "nosniff" });
}

/** @throws invalid-argument for a version that does not have the route yet. */
export function checkRouteVersion({ method, pattern, since }: Route, version: string): void {
  if (since === undefined || compareApiVersions(version, since) >= 0) return;
  throw invalidArgument(`${method} ${pattern} requires minimum API version ${since}`);
}

/** Differences are between minor versions, so `01.51.7` is treated as `1.51`; what is remembered by version stays bounded. */
export function normalizeVersion(version: string): string {
  const [major, minor] = version.split(".");
  return `${Number(major)}.${Number(minor ?? 0)}`;
}
