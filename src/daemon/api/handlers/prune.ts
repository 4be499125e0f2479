import { conflict, invalidArgument, isEngineError } from "#errors";
import { compareApiVersions, filterValues, parseMoment } from "#wire";
import type { BuildPruneJson, Filters } from "#wire";
import type { Engine } from "#engine";
import { encodePrune } from "../encode/removal.ts";
import { json } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { commonFilters } from "./image-list.ts";

const FILTERS: ReadonlySet<string> = new Set(["dangling", "label", "label!", "until"]);

/** Two at once would report each other's removals; the second is refused. */
const pruning = new WeakSet<Engine>();

export async function pruneImages({ api, parameters }: Call): Promise<WholeAnswer> {
  const { engine } = api;
  const filters = parameters.filters(FILTERS);
  if ((filterValues(filters, "until")?.length ?? 0) > 1) throw invalidArgument("more than one until filter specified");
  const request = { filters: commonFilters(filters, api.now()) };
  if (pruning.has(engine)) throw conflict("a prune operation is already running");
  pruning.add(engine);
  try {
    return json(encodePrune(await engine.images.prune(request)));
  } finally {
    pruning.delete(engine);
  }
}

const BUILD_FILTERS: ReadonlySet<string> = new Set([
  "until",
  "unused-for",
  "id",
  "parent",
  "type",
  "description",
  "inuse",
  "shared",
  "private",
]);
/** Taken and not looked at, as many as there are: `docker system prune --filter label=…` sends them to every kind of thing. */
const LABEL_FILTERS: ReadonlySet<string> = new Set(["label", "label!"]);
const NOTHING_BUILT: BuildPruneJson = { CachesDeleted: null, SpaceReclaimed: 0 };

/** There is no build cache yet; what is wrong with the question is said all the same. */
export function pruneBuilds({ api, version, parameters }: Call): WholeAnswer {
  const sizes =
    compareApiVersions(version, "1.48") < 0 ? ["keep-storage"] : ["reserved-space", "max-used-space", "min-free-space", "keep-storage"];
  for (const name of sizes) checkBytes(name, parameters.text(name));
  const filters = parameters.filters();
  try {
    checkBuildFilters(filters, api.now());
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw invalidArgument(`failed to prune build cache: ${error.message}`, { cause: error });
  }
  return json(NOTHING_BUILT);
}

function checkBytes(name: string, text: string): void {
  if (text === "" || /^[+-]?[0-9]+$/.test(text)) return;
  throw invalidArgument(
    `${name} is in bytes and expects an integer, got ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

function checkBuildFilters(filters: Filters, now: Date): void {
  for (const key of filters.keys()) {
    if (LABEL_FILTERS.has(key)) continue;
    if (!BUILD_FILTERS.has(key)) throw invalidArgument(`invalid filter '${key}'`);
    if ((filterValues(filters, key)?.length ?? 0) > 1) throw invalidArgument("filters expect only one value");
  }
  if (filters.has("until") && filters.has("unused-for")) throw invalidArgument('conflicting filters: "until" and "unused-for"');
  for (const text of filterValues(filters, "until") ?? filterValues(filters, "unused-for") ?? []) checkMoment(text, now);
}

function checkMoment(text: string, now: Date): void {
  try {
    parseMoment(text, now);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw invalidArgument(`"until" filter expects a duration (e.g., '24h') or a timestamp: ${error.message}`, { cause: error });
  }
}
