import type { EngineEvent } from "#events";
import type { EventJson } from "#wire";
import { createEncoder } from "./encoder.ts";

type Timeless = Omit<EventJson, "timeNano">;

const LOCAL = "local" as const;

const encodeWithoutNanoseconds = createEncoder<EngineEvent, Timeless>([
  ["status", (event) => (isLegacy(event) ? event.action : undefined), { until: "1.52" }],
  ["id", (event) => (isLegacy(event) && event.actor.id !== "" ? event.actor.id : undefined), { until: "1.52" }],
  ["from", ({ type, actor }) => (type === "container" ? actor.attributes["image"] : undefined), { until: "1.52" }],
  ["Type", ({ type }) => type],
  ["Action", ({ action }) => action],
  ["Actor", ({ actor }) => ({ ID: actor.id, Attributes: actor.attributes })],
  ["scope", () => LOCAL],
  ["time", ({ time }) => Number(time / 1_000_000_000n)],
]);

/** One line of `GET /events`, without its end. Nanoseconds are more than a JavaScript number holds, so they are written by hand. */
export function encodeEvent(event: EngineEvent, version: string): string {
  return `${JSON.stringify(encodeWithoutNanoseconds(event, version)).slice(0, -1)},"timeNano":${event.time}}`;
}

/** Only these two had the members that 1.52 took away. */
function isLegacy({ type }: EngineEvent): boolean {
  return type === "image" || type === "container";
}
