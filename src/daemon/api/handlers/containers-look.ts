import type { StatsSample } from "#containers";
import { internal, invalidArgument, isEngineError } from "#errors";
import { encodeContainerInspect } from "../encode/container-inspect.ts";
import { encodeContainerSummary } from "../encode/container-summary.ts";
import { encodeStats } from "../encode/container-stats.ts";
import { byteStream, json } from "../http/answer.ts";
import type { ByteStream, WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";
import { untilDraining } from "../http/until-draining.ts";
import { LIST_FILTERS, listFilters, PRUNE_FILTERS, pruneFilters } from "./containers-filters.ts";

export async function listContainers({ api, version, parameters }: Call): Promise<WholeAnswer> {
  const filters = listFilters(parameters.filters(LIST_FILTERS));
  const limit = parseLimit(parameters.text("limit"));
  if (filters === undefined) return json([]);
  const request = { all: parameters.flag("all"), size: parameters.flag("size"), limit, filters };
  const list = await api.engine.containers.list(request);
  return json(list.map((container) => encodeContainerSummary(container, version)));
}

/** What is negative limits nothing. */
function parseLimit(text: string): number {
  if (text !== "" && !/^[+-]?[0-9]+$/.test(text)) throw internal(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Math.max(Number(text), 0);
}

export async function inspectContainer({ api, version, name, parameters }: Call): Promise<WholeAnswer> {
  const detail = await api.engine.containers.inspect(name, { size: parameters.flag("size") });
  return json(encodeContainerInspect(detail, version));
}

export async function topProcesses({ api, name, parameters }: Call): Promise<WholeAnswer> {
  const { titles, processes } = await api.engine.containers.top(name, parameters.text("ps_args") || "-ef");
  return json({ Processes: processes, Titles: titles });
}

export async function pruneContainers({ api, parameters }: Call): Promise<WholeAnswer> {
  const filters = parameters.filters(PRUNE_FILTERS);
  const { removed, reclaimed } = await api.engine.containers.prune(pruneFilters(filters, api.now()));
  return json({ ContainersDeleted: removed.length === 0 ? null : removed, SpaceReclaimed: reclaimed });
}

/** One line of JSON a second, or one alone. */
export function containerStats({ api, version, name, parameters, signal }: Call): ByteStream {
  const stream = parameters.flag("stream", true);
  const oneShot = isSince(version, "1.41") && parameters.flag("one-shot");
  if (stream && oneShot) throw invalidArgument("cannot have stream=true and one-shot=true");
  const samples = api.engine.containers.stats(name, { stream, oneShot }, { signal: untilDraining(api.options, signal) });
  return byteStream("application/json", statsLines(samples));
}

async function* statsLines(samples: AsyncIterable<StatsSample>): AsyncGenerator<string> {
  try {
    for await (const sample of samples) yield `${JSON.stringify(encodeStats(sample))}\n`;
  } catch (error) {
    // Whoever streams is told no more when the daemon stops.
    if (!isEngineError(error, "cancelled")) throw error;
  }
}
