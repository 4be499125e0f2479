import type { Recorded } from "./normalise.ts";
import type { Step } from "./step.ts";

/**
 * Versions that no engine at hand speaks. What is expected of them is not recorded but DERIVED: the answer of
 * 1.51, changed by the rules below, each of which is one gate of Docker's published changelog.
 */
export const DERIVED_VERSIONS = ["1.52", "1.55"] as const;

interface Gate {
  readonly what: string;
  /** The first minor version with this change. */
  readonly since: number;
  applies(step: Step): boolean;
  change(answer: Recorded): Recorded;
}

const OPTIONAL_STRINGS = ["Parent", "Comment", "Author", "DockerVersion"];

const GATES: readonly Gate[] = [
  {
    what: "inspect leaves out empty strings, and members of Config that are not set",
    since: 52,
    applies: ({ path }) => /^\/images\/.+\/json$/.test(path),
    change: (answer) => withBody(answer, (body) => ({ ...without(body, OPTIONAL_STRINGS, isEmpty), ...configOf(body) })),
  },
  {
    what: "a store without graph drivers says nothing of one",
    since: 52,
    applies: ({ path }) => /^\/images\/.+\/json$/.test(path),
    change: (answer) => withBody(answer, (body) => without(body, ["GraphDriver"], () => true)),
  },
  {
    what: "engines that speak 1.52 no longer draw progress bars",
    since: 52,
    applies: ({ path }) => path === "/images/load",
    change: (answer) => withBody(answer, withoutBars),
  },
  {
    what: "events lose status, id and from, and are JSON lines by name",
    since: 52,
    applies: ({ path }) => path === "/events",
    change: (answer) => ({
      ...(answer.type === "application/json" && answer.status === 200 ? { ...answer, type: "application/jsonl" } : answer),
      ...(answer.body !== undefined && { body: withoutLegacyMembers(answer.body) }),
    }),
  },
  {
    what: "df says what each kind of object takes, and only that when it is verbose",
    since: 52,
    applies: ({ path }) => path === "/system/df",
    change: (answer) => withBody(answer, withoutNulls),
  },
  {
    what: "df, verbose: nothing but the new members",
    since: 52,
    applies: ({ name }) => name === "df: verbose",
    change: (answer) => withBody(answer, (body) => withItems(body)),
  },
  {
    what: "several platforms are taken by load: whatever is one of them",
    since: 52,
    applies: ({ name }) => name === "load: two platforms",
    change: (answer) => ({ ...answer, status: 200, body: { stream: "Loaded image: arm:1\n" } }),
  },
  {
    what: "several platforms are taken by save: each must be there",
    since: 52,
    applies: ({ name }) => name === "save: two platforms",
    change: (answer) => {
      const message = "image with reference alpha:1 was found but does not provide the specified platform (linux/s390x)";
      return { ...answer, status: 404, body: { message: `no suitable export target found: ${message}` } };
    },
  },
  {
    what: "identity is read, and needs manifests",
    since: 54,
    applies: ({ name }) => name === "list: identity",
    change: (answer) => ({ ...answer, status: 400, body: { message: "conflicting options: identity requires manifests=1" } }),
  },
];

export function derived(step: Step, answer: Recorded, minor: number): Recorded {
  return GATES.filter((gate) => minor >= gate.since && gate.applies(step)).reduce((changed, gate) => gate.change(changed), answer);
}

function withBody(answer: Recorded, change: (body: object) => object): Recorded {
  const { body, status } = answer;
  return status === 200 && isObject(body) ? { ...answer, body: change(body) } : answer;
}

function configOf(body: object): object {
  return "Config" in body && isObject(body.Config) ? { Config: without(body.Config, Object.keys(body.Config), isEmpty) } : {};
}

function without(body: object, names: readonly string[], isGone: (value: unknown) => boolean): object {
  return Object.fromEntries(Object.entries(body).filter(([key, value]) => !(names.includes(key) && isGone(value))));
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || value === false || (typeof value === "object" && Object.keys(value).length === 0);
}

const KINDS = ["Image", "Container", "Volume", "BuildCache"];

/** Kinds that were not asked for are absent rather than null; those that were have a sum beside their list. */
function withoutNulls(body: object): object {
  const kept = Object.entries(body).filter(([key, value]) => value !== null && !(key === "LayersSize" && value === 0));
  const usages = KINDS.map((kind) => [`${kind}Usage`, usageOf(kind, new Map(Object.entries(body)))] as const);
  return { ...Object.fromEntries(kept), ...Object.fromEntries(usages.filter(([, usage]) => usage !== undefined)) };
}

function usageOf(kind: string, body: ReadonlyMap<string, unknown>): object | undefined {
  const items = body.get(kind === "BuildCache" ? kind : `${kind}s`);
  if (!Array.isArray(items)) return undefined;
  return items.length === 0 ? {} : { TotalCount: items.length, Reclaimable: 0, TotalSize: 0 };
}

function withItems(body: object): object {
  const usages = Object.entries(body).filter(([key]) => key.endsWith("Usage"));
  const images = "Images" in body ? body.Images : [];
  return Object.fromEntries(
    usages.map(([key, usage]) => [key, key === "ImageUsage" ? { ...Object(usage), Items: images } : (usage as unknown)]),
  );
}

function withoutBars(body: object): object {
  if (!("lines" in body) || !Array.isArray(body.lines)) return body;
  return { lines: body.lines.map((line: unknown) => (isObject(line) ? without(line, ["progress"], () => true) : line)) };
}

function withoutLegacyMembers(body: unknown): unknown {
  if (!isObject(body)) return body;
  if ("lines" in body && Array.isArray(body.lines)) return { lines: body.lines.map(withoutLegacyMembers) };
  return "Actor" in body ? without(body, ["status", "id", "from"], () => true) : body;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
