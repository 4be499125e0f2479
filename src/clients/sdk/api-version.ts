import { invalidArgument, notImplemented } from "#errors";
import { compareApiVersions, MAX_API_VERSION, MIN_API_VERSION } from "#wire";

const FORM = /^\d{1,4}\.\d{1,4}$/;

/** A version that the caller insists on. */
export function chosenApiVersion(version: string): string {
  if (!FORM.test(version)) throw invalidArgument(`cannot parse API version "${version}": expected a form like "1.51"`);
  if (isOlder(version, MIN_API_VERSION) || isOlder(MAX_API_VERSION, version)) {
    throw invalidArgument(`cannot speak API version ${version}: expected ${MIN_API_VERSION} to ${MAX_API_VERSION}`);
  }
  return version;
}

/** The highest version that both ends speak; an engine that does not say which is one of 1.24. */
export function negotiate(offered: string | undefined, address: string): string {
  const version = offered === undefined || !FORM.test(offered) ? MIN_API_VERSION : offered;
  if (isOlder(version, MIN_API_VERSION)) {
    throw notImplemented(
      `cannot speak with the engine at ${address}: it offers API version ${version}, expected at least ${MIN_API_VERSION}`,
    );
  }
  return isOlder(MAX_API_VERSION, version) ? MAX_API_VERSION : version;
}

export function isOlder(version: string, than: string): boolean {
  return compareApiVersions(version, than) < 0;
}
