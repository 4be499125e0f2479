import type { EngineEvent } from "#events";
import { matchesExactly, matchesLabels } from "#wire";
import type { Filters } from "#wire";

/** All given keys must hold, one of the values each; labels all of them. Keys that Docker does not know are passed over. */
export function createEventFilter(filters: Filters): (event: EngineEvent) => boolean {
  return (event) =>
    matchesExactly(filters, "type", event.type) &&
    matchesAction(filters, event.action) &&
    matchesExactly(filters, "scope", "local") &&
    matchesLabels(filters, "label", event.actor.attributes) &&
    matchesImage(filters, event) &&
    OBJECTS.every((type) => matchesObject(filters, type, event));
}

/** Kinds of objects by whose ID or name events can be asked for. */
const OBJECTS = ["container", "daemon", "network", "volume", "plugin", "service", "node", "secret", "config"] as const;

function matchesObject(filters: Filters, key: string, event: EngineEvent): boolean {
  if (isAbsent(filters, key)) return true;
  return event.type === key && [event.actor.id, event.actor.attributes["name"] ?? ""].some((text) => matchesExactly(filters, key, text));
}

/** `exec_start: sh` is found by `exec_start`. */
function matchesAction(filters: Filters, action: string): boolean {
  return matchesExactly(filters, "event", action) || matchesExactly(filters, "event", action.split(":", 1)[0] ?? "");
}

/** An image by its ID or a name with or without its tag; a container by its image in the same ways. */
function matchesImage(filters: Filters, { type, actor }: EngineEvent): boolean {
  if (isAbsent(filters, "image")) return true;
  if (type !== "image" && type !== "container") return false;
  const name = actor.attributes[type === "image" ? "name" : "image"] ?? "";
  return [actor.id, name, stripTag(actor.id), stripTag(name)].some((text) => text !== "" && matchesExactly(filters, "image", text));
}

function isAbsent(filters: Filters, key: string): boolean {
  return (filters.get(key)?.size ?? 0) === 0;
}

function stripTag(text: string): string {
  const colon = text.lastIndexOf(":");
  return colon > text.lastIndexOf("/") && !text.startsWith("sha256:") ? text.slice(0, colon) : text;
}
