import { invalidArgument, isEngineError } from "#errors";
import type { ImageFilters, ListRequest } from "#images";
import { filterBool, filterValues, parseMoment, toDate } from "#wire";
import type { Filters } from "#wire";
import { encodeImageList } from "../encode/image-summary.ts";
import { jsonText } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";

const FILTERS: ReadonlySet<string> = new Set(["before", "dangling", "label", "label!", "reference", "since", "until"]);

export async function listImages({ api, version, parameters }: Call): Promise<WholeAnswer> {
  const manifests = isSince(version, "1.47") && parameters.flag("manifests");
  if (isSince(version, "1.54") && parameters.flag("identity") && !manifests) {
    throw invalidArgument("conflicting options: identity requires manifests=1");
  }
  const filters = parameters.filters(FILTERS);
  const request: ListRequest = {
    all: parameters.flag("all"),
    filters: { ...listFilters(filters, api.now()), ...legacyFilter(filters, isSince(version, "1.41") ? "" : parameters.text("filter")) },
    sharedSize: isSince(version, "1.42") && parameters.flag("shared-size"),
    manifests,
  };
  return jsonText(encodeImageList(await api.engine.images.list(request), version));
}

/** What list and prune have in common. Several moments: the earliest holds for all. */
export function commonFilters(filters: Filters, now: Date): Pick<ImageFilters, "dangling" | "labels" | "notLabels" | "until"> {
  const dangling = filterBool(filters, "dangling");
  const moments = filterValues(filters, "until")?.map((text) => parseUntil(text, now));
  const until = moments?.sort((a, b) => a.getTime() - b.getTime())[0];
  return {
    ...(dangling !== undefined && { dangling }),
    ...optional("labels", filterValues(filters, "label")),
    ...optional("notLabels", filterValues(filters, "label!")),
    ...(until !== undefined && { until }),
  };
}

function listFilters(filters: Filters, now: Date): ImageFilters {
  return {
    ...commonFilters(filters, now),
    ...optional("before", filterValues(filters, "before")),
    ...optional("since", filterValues(filters, "since")),
    ...optional("references", filterValues(filters, "reference")),
  };
}

/** Before `filters` had `reference` there was one glob in a parameter of its own. */
function legacyFilter(filters: Filters, glob: string): Pick<ImageFilters, "references"> {
  return glob === "" || filters.has("reference") ? {} : { references: [glob] };
}

function parseUntil(text: string, now: Date): Date {
  try {
    return toDate(parseMoment(text, now));
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw invalidArgument(`invalid value for 'until' filter: ${error.message}`, { cause: error });
  }
}

/** A key without values holds for every image. */
function optional<Name extends string>(name: Name, values: readonly string[] | undefined): { readonly [N in Name]?: readonly string[] } {
  const filter: { [N in Name]?: readonly string[] } = {};
  if (values !== undefined && values.length > 0) filter[name] = values;
  return filter;
}
