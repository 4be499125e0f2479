import { invalidArgument } from "#errors";

export const MIN_API_VERSION = "1.24";
export const MAX_API_VERSION = "1.55";

/** Any other first part of a path belongs to the path. */
const PREFIX = /^\/v([0-9.]+)(?=\/)/;

/** Negative, zero or positive, component by component: 1.9 is below 1.24, and what is missing is 0. */
export function compareApiVersions(a: string, b: string): number {
  const left = a.split(".");
  const right = b.split(".");
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = toComponent(left[index]) - toComponent(right[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `/v1.51/images/json` is version 1.51 of `/images/json`; without a version the path stays as it is. */
export function splitApiVersion(path: string): { readonly version: string | undefined; readonly path: string } {
  const match = PREFIX.exec(path);
  return match === null ? { version: undefined, path } : { version: match[1], path: path.slice(match[0].length) };
}

/** @throws invalid-argument in Docker's words for a version that this engine does not serve. */
export function checkApiVersion(version: string): void {
  if (compareApiVersions(version, MIN_API_VERSION) < 0) {
    throw invalidArgument(
      `client version ${version} is too old. Minimum supported API version is ${MIN_API_VERSION}, please upgrade your client to a newer version`,
    );
  }
  if (compareApiVersions(version, MAX_API_VERSION) > 0) {
    throw invalidArgument(`client version ${version} is too new. Maximum supported API version is ${MAX_API_VERSION}`);
  }
}

/** Numbers beyond this are all as new as can be, so that differences stay finite. */
function toComponent(text: string | undefined): number {
  return text === undefined || !/^[0-9]+$/.test(text) ? 0 : Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}
