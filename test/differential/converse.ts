import { setTimeout as pause } from "node:timers/promises";

import { send } from "../workbench/index.ts";
import type { Answer } from "../workbench/index.ts";

import type { Query, Step } from "./step.ts";

/** What was answered to a step, before anything is made comparable. */
export interface Heard {
  readonly step: Step;
  readonly answer: Answer;
}

export interface Talk {
  readonly heard: readonly Heard[];
  /** IDs and moments that the conversation learned, by name. */
  readonly captured: ReadonlyMap<string, string>;
}

/** An endless answer (`/events` without an end in a broken engine) must not hang the test. */
const PATIENCE_MS = 200_000;

/** Holds a conversation with the engine on `socket` at one API version. `known`: IDs and hosts by name, from the beginning. */
export async function converse(
  socket: string,
  version: string,
  steps: readonly Step[],
  known: ReadonlyMap<string, string> = new Map(),
): Promise<Talk> {
  const captured = new Map(known);
  const heard: Heard[] = [];
  for (const step of steps) {
    if (step.clock !== undefined) captured.set(step.clock, await nextMoment());
    const path = fill((step.prefix === "raw" ? "" : `/v${version}`) + step.path + search(step.query), captured);
    const { method, headers = {} } = step;
    const body = step.body && filled(step.body, captured);
    const answer = await send(socket, { method, path, headers, ...(body && { body }) }, { signal: AbortSignal.timeout(PATIENCE_MS) });
    heard.push({ step, answer });
    const learned = step.capture && pick(answer.body, step.capture.at);
    if (step.capture && learned !== undefined) captured.set(step.capture.as, learned);
  }
  return { heard, captured };
}

/** `{name}`, or `{name:hex}` and `{name:12}` for its digits alone or the first of them. An unknown name stays as it is. */
function fill(path: string, captured: ReadonlyMap<string, string>): string {
  return path.replaceAll(/(?:\{|%7B)(\w+)(?:(?::|%3A)(hex|\d+))?(?:\}|%7D)/g, (whole, name: string, part: string | undefined) => {
    const value = captured.get(name);
    if (value === undefined) return whole;
    const hex = value.replace("sha256:", "");
    return part === undefined ? value : hex.slice(0, part === "hex" ? undefined : Number(part));
  });
}

/** Only what may speak of hosts is text; archives stay the bytes they are. */
function filled(body: Uint8Array, captured: ReadonlyMap<string, string>): Uint8Array {
  return body[0] === 0x7b ? Buffer.from(fill(Buffer.from(body).toString(), captured)) : body;
}

function search(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]) => [value].flat().map((each) => [key, each] as [string, string]));
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
}

function pick(body: Buffer, at: readonly (string | number)[]): string | undefined {
  let value: unknown = parse(body);
  for (const key of at) value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof value === "string" ? value : undefined;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** Seconds, with nothing said before or after in the same millisecond: our clock is coarser than the engine's. */
async function nextMoment(): Promise<string> {
  await pause(3);
  const now = Date.now();
  await pause(3);
  return (now / 1000).toFixed(9);
}
