import type { ImageRecord } from "#metadata";
import { createReferenceGlob } from "#oci";
import type { ImageDeps } from "./image-deps.ts";
import { resolveImage } from "./resolve-image.ts";
import type { ImageFilters, ImageSummary } from "./types.ts";

type FilterDeps = Pick<ImageDeps, "catalog" | "metadata">;

/** What a filter lets through of an image: its names and digests, or nothing. */
export type Filtered = Pick<ImageSummary, "names" | "digests">;

/**
 * One predicate from all filters; every given key must hold.
 *
 * @throws not-found or invalid-argument for images named by `before` and `since`; invalid-argument for bad globs.
 */
export function createImageFilter(deps: FilterDeps, filters: ImageFilters): (image: ImageSummary) => Filtered | undefined {
  const { dangling, labels = [], notLabels = [], until, references } = filters;
  const before = boundOf(deps, filters.before, Math.min);
  const since = boundOf(deps, filters.since, Math.max);
  const latest = until === undefined ? undefined : until.getTime() / 1000;
  const globs = references?.map(createReferenceGlob);
  return (image) => {
    const { created = Number.NaN } = image;
    if (dangling !== undefined && dangling !== (image.names.length === 0)) return undefined;
    // What does not say when it was created is neither before nor after anything.
    if (before !== undefined && !(created < before)) return undefined;
    if (since !== undefined && !(created > since)) return undefined;
    if (latest !== undefined && !(created < latest)) return undefined;
    if (!labels.every((label) => hasLabel(image.labels, label))) return undefined;
    if (notLabels.length > 0 && notLabels.every((label) => hasLabel(image.labels, label))) return undefined;
    if (globs === undefined) return image;
    const names = image.names.filter((name) => globs.some((matches) => matches(name)));
    const digests = image.digests.filter((name) => globs.some((matches) => matches(name)));
    return names.length + digests.length === 0 ? undefined : { names, digests };
  };
}

/** `key` asks whether the label is there, `key=value` what it says. */
export function hasLabel(labels: ImageRecord["labels"], wanted: string): boolean {
  if (labels === undefined) return false;
  const equals = wanted.indexOf("=");
  const key = equals === -1 ? wanted : wanted.slice(0, equals);
  if (!Object.hasOwn(labels, key)) return false;
  return equals === -1 || labels[key] === wanted.slice(equals + 1);
}

function boundOf(deps: FilterDeps, names: readonly string[] | undefined, narrowest: (...times: number[]) => number): number | undefined {
  if (names === undefined || names.length === 0) return undefined;
  return narrowest(...names.map((name) => resolveImage(deps, name).record.created ?? 0));
}
