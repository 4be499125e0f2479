import { internal, isEngineError } from "#errors";
import { hasLabel, resolveImage } from "#images";
import type { ImageId } from "#oci";
import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";
import type { ContainerFilters } from "../types.ts";

type IsWanted = (container: Container) => boolean;

/** One predicate from all filters. @throws not-found for containers named by `before` and `since`; internal for bad ports. */
export function createContainerFilter(deps: ContainerDeps, filters: ContainerFilters): IsWanted {
  const { ids, names, labels = [], statuses, exitCodes, health, networks, volumes } = filters;
  const tests: IsWanted[] = [
    ({ record }) => labels.every((label) => hasLabel(record.config.Labels, label)),
    ...given(
      ids,
      patterns,
      (matches) =>
        ({ id }) =>
          matches(id),
    ),
    ...given(
      names,
      patterns,
      (matches) =>
        ({ record }) =>
          matches(record.name) || matches(`/${record.name}`),
    ),
    ...given(
      statuses,
      words,
      (has) =>
        ({ state }) =>
          has(state.status),
    ),
    ...given(
      exitCodes,
      words,
      (has) =>
        ({ state, isRunning }) =>
          !isRunning && state.startedAt !== undefined && has(state.exitCode),
    ),
    ...given(health, words, (has) => (container) => has(healthOf(container))),
    ...given(
      networks,
      words,
      (has) =>
        ({ record }) =>
          record.endpoints.some(({ network }) => has(network)),
    ),
    ...given(
      volumes,
      words,
      (has) =>
        ({ record }) =>
          record.mounts.some(({ name, destination }) => has(name ?? "") || has(destination)),
    ),
    ...given(
      filters.before,
      (wanted) => placesOf(deps, wanted),
      (places) =>
        ({ id }) =>
          places.of(id) > places.first,
    ),
    ...given(
      filters.since,
      (wanted) => placesOf(deps, wanted),
      (places) =>
        ({ id }) =>
          places.of(id) < places.last,
    ),
    ...given(
      filters.ancestors,
      (wanted) => descendantsOf(deps, wanted),
      (has) =>
        ({ record }) =>
          record.image !== undefined && has(record.image),
    ),
    ...given(
      filters.exposed,
      (ports) => parsePorts("expose", ports),
      (has) =>
        ({ record }) =>
          Object.keys(record.config.ExposedPorts ?? {}).some(has),
    ),
    // Nothing is published; the words are checked all the same.
    ...given(
      filters.published,
      (ports) => parsePorts("publish", ports),
      () => () => false,
    ),
  ];
  return (container) => tests.every((isWanted) => isWanted(container));
}

function given<V, P>(values: readonly V[] | undefined, prepare: (values: readonly V[]) => P, test: (prepared: P) => IsWanted): IsWanted[] {
  return values === undefined || values.length === 0 ? [] : [test(prepare(values))];
}

function words<T>(values: readonly T[]): (value: T) => boolean {
  const set = new Set(values);
  return (value) => set.has(value);
}

/** Regular expressions, found anywhere; what is none matches nothing but itself. */
function patterns(texts: readonly string[]): (text: string) => boolean {
  const expressions = texts.map((text) => {
    try {
      return new RegExp(text);
    } catch {
      return undefined;
    }
  });
  return (text) => texts.includes(text) || expressions.some((expression) => expression?.test(text) === true);
}

function healthOf({ health }: Container): string {
  return health?.health.status ?? "none";
}

interface Places {
  /** In the list, newest first. */
  readonly of: (id: string) => number;
  readonly first: number;
  readonly last: number;
}

function placesOf({ containers }: ContainerDeps, names: readonly string[]): Places {
  const places = new Map(containers.all().map(({ id }, index) => [id, index]));
  const of = (id: string): number => places.get(id) ?? -1;
  const named = names.map((name) => of(containers.get(name).id));
  return { of, first: Math.min(...named), last: Math.max(...named) };
}

/** Those images and all that were built on them; what is no image has no containers. */
function descendantsOf(deps: ContainerDeps, names: readonly string[]): (image: ImageId) => boolean {
  const ancestors = new Set(names.flatMap((name) => imageOf(deps, name)));
  return (image) => {
    const seen = new Set<ImageId>();
    for (let id: ImageId | undefined = image; id !== undefined && !seen.has(id); id = deps.catalog.find(id)?.parent) {
      if (ancestors.has(id)) return true;
      seen.add(id);
    }
    return false;
  };
}

function imageOf(deps: ContainerDeps, name: string): readonly ImageId[] {
  try {
    return [resolveImage(deps, name).record.id];
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return [];
  }
}

const MAX_PORT = 65_535;

/** `80`, `80/udp`, `8000-8010/tcp`. */
function parsePorts(filter: "expose" | "publish", texts: readonly string[]): (port: string) => boolean {
  const wanted = texts.map((text) => {
    const [range = "", protocol = "tcp"] = text.split("/");
    const [first, last = first] = range.split("-").map((number) => parsePort(filter, text, number));
    return { first: first ?? 0, last: last ?? 0, protocol };
  });
  return (port) => {
    const [number = "", protocol = "tcp"] = port.split("/");
    return wanted.some((range) => range.protocol === protocol && Number(number) >= range.first && Number(number) <= range.last);
  };
}

function parsePort(filter: string, text: string, number: string): number {
  const fault = !/^[0-9]+$/.test(number) ? "invalid syntax" : Number(number) > MAX_PORT ? "value out of range" : undefined;
  if (fault === undefined) return Number(number);
  throw internal(`error while looking up for ${filter} ${text}: strconv.ParseUint: parsing ${JSON.stringify(number)}: ${fault}`);
}
