import type { Recorded } from "./normalise.ts";
import type { Step } from "./step.ts";

/**
 * Versions that no engine at hand speaks. What is expected of them is not recorded but DERIVED: the answer of
 * 1.51, changed by the rules below, each of which is one gate of Docker's published changelog.
 */
export const DERIVED_VERSIONS = ["1.52", "1.55"] as const;

interface Gate {
  readonly what: string;
  applies(step: Step): boolean;
  change(answer: Recorded): Recorded;
}

const OPTIONAL_STRINGS = ["Parent", "Comment", "Author", "DockerVersion"];

const GATES: readonly Gate[] = [
  {
    what: "1.52: inspect leaves out empty strings, and members of Config that are not set",
    applies: ({ path }) => /^\/images\/.+\/json$/.test(path),
    change: (answer) => withBody(answer, (body) => ({ ...without(body, OPTIONAL_STRINGS, isEmpty), ...configOf(body) })),
  },
  {
    what: "1.52: events lose status, id and from, and are JSON lines by name",
    applies: ({ path }) => path === "/events",
    change: (answer) => ({
      ...(answer.type === "application/json" && answer.status === 200 ? { ...answer, type: "application/jsonl" } : answer),
      ...(answer.body !== undefined && { body: withoutLegacyMembers(answer.body) }),
    }),
  },
];

export function derived(step: Step, answer: Recorded): Recorded {
  return GATES.filter((gate) => gate.applies(step)).reduce((changed, gate) => gate.change(changed), answer);
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

function withoutLegacyMembers(body: unknown): unknown {
  if (!isObject(body)) return body;
  if ("lines" in body && Array.isArray(body.lines)) return { lines: body.lines.map(withoutLegacyMembers) };
  return "Actor" in body ? without(body, ["status", "id", "from"], () => true) : body;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
