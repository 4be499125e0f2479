import type { ContainerFilters, ContainerPruneRequest } from "#containers";
import { invalidArgument } from "#errors";
import { filterBool, filterValues, parseMoment, toDate } from "#wire";
import type { Filters } from "#wire";

export const LIST_FILTERS: ReadonlySet<string> = new Set(
  "ancestor before exited expose health id isolation is-task label name network publish since status volume".split(" "),
);
export const PRUNE_FILTERS: ReadonlySet<string> = new Set(["label", "label!", "until"]);

const STATES = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];
const HEALTH = ["none", "starting", "healthy", "unhealthy"];

/** Undefined when nothing can pass: tasks belong to a swarm, and there is none. @throws invalid-argument. */
export function listFilters(filters: Filters): ContainerFilters | undefined {
  if (filters.has("is-task") && filterBool(filters, "is-task") === true) return undefined;
  const exited = filterValues(filters, "exited")?.map(parseExitCode);
  for (const state of filterValues(filters, "status") ?? []) checkWord("status", "state", state, STATES);
  for (const health of filterValues(filters, "health") ?? []) checkWord("health", "health", health, HEALTH);
  return {
    ...optional("ids", filterValues(filters, "id")),
    ...optional("names", filterValues(filters, "name")),
    ...optional("labels", filterValues(filters, "label")),
    ...optional("statuses", filterValues(filters, "status")),
    ...optional("exitCodes", exited),
    ...optional("health", filterValues(filters, "health")),
    ...optional("before", filterValues(filters, "before")),
    ...optional("since", filterValues(filters, "since")),
    ...optional("ancestors", filterValues(filters, "ancestor")),
    ...optional("networks", filterValues(filters, "network")),
    ...optional("volumes", filterValues(filters, "volume")),
    ...optional("exposed", filterValues(filters, "expose")),
    ...optional("published", filterValues(filters, "publish")),
  };
}

export function pruneFilters(filters: Filters, now: Date): ContainerPruneRequest {
  const [text, another] = filterValues(filters, "until") ?? [];
  if (another !== undefined) throw invalidArgument("more than one until filter specified");
  return {
    ...(text !== undefined && { until: toDate(parseMoment(text, now)) }),
    ...optional("labels", filterValues(filters, "label")),
    ...optional("notLabels", filterValues(filters, "label!")),
  };
}

function parseExitCode(text: string): number {
  if (/^[+-]?[0-9]+$/.test(text)) return Number(text);
  throw invalidArgument(`invalid filter 'exited=${text}': strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function checkWord(filter: string, what: string, word: string, accepted: readonly string[]): void {
  if (accepted.includes(word)) return;
  throw invalidArgument(`invalid filter '${filter}=${word}': invalid value for ${what} (${word}): must be one of ${accepted.join(", ")}`);
}

function optional<Name extends string, T>(name: Name, values: readonly T[] | undefined): { readonly [N in Name]?: readonly T[] } {
  const filter: { [N in Name]?: readonly T[] } = {};
  if (values !== undefined && values.length > 0) filter[name] = values;
  return filter;
}
