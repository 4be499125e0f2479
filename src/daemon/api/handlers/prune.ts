import { conflict, invalidArgument, isEngineError } from "#errors";
import { compareApiVersions, filterValues, parseMoment } from "#wire";
import type { BuildPruneJson, Filters } from "#wire";
import type { CacheFilters, Engine } from "#engine";
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

export async function pruneBuilds({ api, version, parameters }: Call): Promise<WholeAnswer> {
  const isOld = compareApiVersions(version, "1.48") < 0;
  const names = isOld ? ["keep-storage"] : ["reserved-space", "max-used-space", "min-free-space", "keep-storage"];
  const bytes = new Map(names.map((name) => [name, readBytes(name, parameters.text(name))]));
  const filters = readCacheFilters(parameters.filters(), api.now());
  const request = {
    all: parameters.flag("all"),
    filters,
    reservedSpace: bytes.get("reserved-space") || (bytes.get("keep-storage") ?? 0),
    maxUsedSpace: bytes.get("max-used-space") ?? 0,
    minFreeSpace: bytes.get("min-free-space") ?? 0,
  };
  const { removed, reclaimed } = await api.engine.builds.prune(request);
  const answer: BuildPruneJson = { CachesDeleted: removed.length === 0 ? null : removed, SpaceReclaimed: reclaimed };
  return json(answer);
}

function readCacheFilters(filters: Filters, now: Date): CacheFilters {
  try {
    const until = checkBuildFilters(filters, now);
    const [id, parent, type, description] = ["id", "parent", "type", "description"].map((key) => filterValues(filters, key)?.[0]);
    return {
      ...(until !== undefined && { until }),
      ...(id !== undefined && { id }),
      ...(parent !== undefined && { parent }),
      ...(type !== undefined && { type }),
      ...(description !== undefined && { description }),
      ...(filters.has("inuse") && { isInUse: true }),
      ...(filters.has("shared") && { isShared: true }),
      ...(filters.has("private") && { isPrivate: true }),
    };
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw invalidArgument(`failed to prune build cache: ${error.message}`, { cause: error });
  }
}

function readBytes(name: string, text: string): number {
  if (text === "" || /^[+-]?[0-9]+$/.test(text)) return Number(text);
  throw invalidArgument(
    `${name} is in bytes and expects an integer, got ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

/** Gives the moment that `until` means. */
function checkBuildFilters(filters: Filters, now: Date): Date | undefined {
  for (const key of filters.keys()) {
    if (LABEL_FILTERS.has(key)) continue;
    if (!BUILD_FILTERS.has(key)) throw invalidArgument(`invalid filter '${key}'`);
    if ((filterValues(filters, key)?.length ?? 0) > 1) throw invalidArgument("filters expect only one value");
  }
  if (filters.has("until") && filters.has("unused-for")) throw invalidArgument('conflicting filters: "until" and "unused-for"');
  const [text] = filterValues(filters, "until") ?? filterValues(filters, "unused-for") ?? [];
  return text === undefined ? undefined : readMoment(text, now);
}

function readMoment(text: string, now: Date): Date {
  try {
    return new Date(Number(parseMoment(text, now) / 1_000_000n));
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw invalidArgument(`"until" filter expects a duration (e.g., '24h') or a timestamp: ${error.message}`, { cause: error });
  }
}
