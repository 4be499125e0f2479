import { jsonLines } from "../workbench/index.ts";
import type { Answer } from "../workbench/index.ts";

import { archiveSummary } from "./archive-summary.ts";
import type { Step } from "./step.ts";

/** An answer with everything removed that differs from run to run and from machine to machine. */
export interface Recorded {
  readonly status: number;
  readonly type?: string;
  /** Engine headers that were present, in one word each. */
  readonly engine?: string;
  readonly location?: string;
  /** JSON as it was; `{ lines }`, `{ archive }` or `{ text }` for other bodies; absent when empty. */
  readonly body?: unknown;
}

const ENGINE_HEADERS = ["api-version", "builder-version", "cache-control", "docker-experimental", "ostype", "pragma", "server", "swarm"];

export function normalised(step: Step, answer: Answer, captured: ReadonlyMap<string, string>): Recorded {
  if (step.keep === "status") return { status: answer.status };
  const { status, headers } = answer;
  const type = headers["content-type"];
  const { location } = headers;
  const engine = ENGINE_HEADERS.filter((name) => headers[name] !== undefined).join(" ");
  const body = bodyOf(step, answer, captured);
  return {
    status,
    ...(type !== undefined && { type }),
    ...(engine !== "" && { engine }),
    ...(location !== undefined && { location: location.replace(/^\/v[\d.]+\//, "/v<version>/") }),
    ...(body !== undefined && { body }),
  };
}

function bodyOf(step: Step, answer: Answer, captured: ReadonlyMap<string, string>): unknown {
  if (answer.body.length === 0) return undefined;
  const mask = maskOf(captured);
  if (answer.headers["content-type"] === "application/x-tar") return masked({ archive: archiveSummary(answer.body) }, mask);
  const lines = jsonLines(answer.body);
  const [first] = lines;
  const isJson = lines.length === 1 && typeof first === "object";
  if (step.keep === "shape") return shapeOf(first);
  if (step.keep === "layers" && answer.status === 200) return masked({ lines: byLayer(lastOfEach(lines)) }, mask);
  if (isJson) return step.keep === "sorted" ? sorted(masked(first, mask)) : masked(first, mask);
  if (lines.some((line) => typeof line === "object")) return masked({ lines: lastOfEach(lines) }, mask);
  return masked({ text: answer.body.toString() }, mask);
}

type Mask = (text: string) => string;

/** Learned IDs by their names; whatever speaks of this run's clock, paths or versions by what it is. */
function maskOf(captured: ReadonlyMap<string, string>): Mask {
  // One that is made up is the same everywhere.
  const ids = [...captured].filter(([, value]) => /^(?:sha256:)?(?!0{64})[0-9a-f]{64}$/.test(value));
  const hosts = [...captured].filter(([, value]) => /^[\d.]+:\d+$/.test(value));
  return (text) => {
    let result = text;
    for (const [name, host] of hosts) result = result.replaceAll(host, `<${name}>`);
    for (const [name, id] of ids) {
      const hex = id.replace("sha256:", "");
      result = result.replaceAll(hex, `<${name}>`).replaceAll(hex.slice(0, 12), `<${name}:12>`);
    }
    return result
      .replace(/^20(?:2[5-9]|[3-9]\d)-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/, "<now>")
      .replaceAll(/\/var\/lib\/[\w./-]*?docker-import-\d+/g, "<folder>")
      .replaceAll(/\/var\/lib\/[\w-]+\//g, "<root>/")
      .replaceAll(/20\d\d-\d\d-\d\dT[\d:.]{18}Z(?= )/g, "<now>")
      .replaceAll("[false true]", "[true false]")
      .replaceAll(/(Maximum supported API version is )[\d.]+/g, "$1<maximum>")
      .replaceAll(/28\.5\.2\+dfsg4/g, "<version>");
  };
}

/** 2025-01-01: fixtures are older, clocks are younger. */
const NOW_BEGINS = 1_735_689_600;

/** Members of containers that say where they are and which run it is. */
const OF_RUNS: ReadonlySet<string> = new Set(
  "NetworkID EndpointID SandboxID SandboxKey Pid ResolvConfPath HostnamePath HostsPath LogPath execID execDuration".split(" "),
);
const AGE = /Less than a second|\d+ seconds?/;

function masked(value: unknown, mask: Mask, key = ""): unknown {
  if (OF_RUNS.has(key)) return value === "" || value === 0 ? value : `<${key}>`;
  if (typeof value === "string") return key === "Status" ? value.replace(AGE, "<age>") : mask(value);
  if (typeof value === "number") return isMoment(key, value) ? "<now>" : value;
  if (Array.isArray(value)) return value.map((each) => masked(each, mask));
  if (typeof value !== "object" || value === null) return value;
  if (key === "GraphDriver") return shapeOf(value, 1);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [mask(name), masked(each, mask, name)]));
}

function isMoment(key: string, value: number): boolean {
  return key === "timeNano" || (["Created", "time"].includes(key) && value > NOW_BEGINS);
}

/** Keys and types; an array stands for all its members. Below `depth` only the type is kept. */
export function shapeOf(value: unknown, depth = 9): unknown {
  if (value === null || typeof value !== "object") return value === null ? null : `<${typeof value}>`;
  if (depth === 0) return "<object>";
  if (Array.isArray(value)) {
    const members = new Set(value.map((each) => JSON.stringify(shapeOf(each, depth - 1))));
    return [...members].toSorted().map((member) => JSON.parse(member) as unknown);
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shapeOf(each, depth - 1)]));
}

/** A list in one order; what a prune did as a set, so that one row more or less is one difference. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  const asSet = (rows: readonly unknown[]): object => Object.fromEntries(rows.map((row) => [JSON.stringify(row), "done"]));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, Array.isArray(each) ? asSet(each) : each]));
}

/** How often progress is told is a matter of speed: of a row that moves, its last state is kept. */
function lastOfEach(lines: readonly unknown[]): unknown[] {
  const rowOf = (line: unknown): string | undefined => {
    const { id, status, progressDetail } = (line ?? {}) as { id?: string; status?: string; progressDetail?: object };
    return progressDetail === undefined ? undefined : `${id} ${status}`;
  };
  return lines.filter((line, index) => {
    const row = rowOf(line);
    return row === undefined || !lines.slice(index + 1).some((later) => rowOf(later) === row);
  });
}

/** Engines count down together, but not from the same number. */
const WAITING = "Retrying in <n> seconds";

/** Layers that are told of at the same time, each with its own story: its steps follow one another, the layers need not. */
function byLayer(lines: readonly unknown[]): unknown[] {
  const parts: unknown[] = [];
  let layers: Map<string, unknown[]> | undefined;
  const close = (): void => {
    if (layers !== undefined) parts.push({ layers: inOrder(layers) });
    layers = undefined;
  };
  for (const line of lines) {
    const { id, status, progressDetail, ...rest } = (line ?? {}) as { id?: string; status?: string; progressDetail?: object };
    if (id === undefined || progressDetail === undefined) {
      close();
      parts.push(line);
      continue;
    }
    layers ??= new Map();
    const isPlain = Object.keys(progressDetail).length === 0 && Object.keys(rest).length === 0;
    const story = layers.get(id) ?? [];
    const told = isPlain ? status?.replace(/^Retrying in \d+ seconds?$/, WAITING) : { status, progressDetail, ...rest };
    if (told !== WAITING || story.at(-1) !== WAITING) layers.set(id, [...story, told]);
  }
  close();
  return parts;
}

function inOrder(map: ReadonlyMap<string, unknown>): object {
  return Object.fromEntries([...map].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
