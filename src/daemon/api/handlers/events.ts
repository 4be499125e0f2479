import { invalidArgument, isEngineError } from "#errors";
import type { EngineEvent } from "#events";
import { parseUnixTime } from "#wire";
import { encodeEvent } from "../encode/event.ts";
import { byteStream } from "../http/answer.ts";
import type { ByteStream } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";
import { untilDraining } from "../http/until-draining.ts";
import { createEventFilter } from "./event-filter.ts";

/** Live unless `until` says when to stop; what was before is told only with `since` or `until`. */
export function events({ api, version, parameters, headers, signal }: Call): ByteStream {
  const since = parameters.text("since");
  const until = parameters.text("until");
  const query = { ...boundOf("since", since), ...boundOf("until", until) };
  if (query.since !== undefined && query.until !== undefined && query.since > query.until) {
    throw invalidArgument(`\`since\` time (${since}) cannot be after \`until\` time (${until})`);
  }
  const isWanted = createEventFilter(parameters.filters());
  const subscription = api.engine.events.subscribe(query, { signal: untilDraining(api.options, signal) });
  const { contentType, prefix } = negotiate(version, headers.accept);
  return byteStream(contentType, lines(subscription, { isWanted, version, prefix }), { startsAtOnce: true });
}

function boundOf<Name extends "since" | "until">(name: Name, text: string): { [N in Name]?: bigint } | undefined {
  if (text === "") return undefined;
  try {
    return { [name]: parseUnixTime(text) } as { [N in Name]: bigint };
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw invalidArgument(`invalid value for '${name}': ${error.message}`, { cause: error });
  }
}

interface Writing {
  readonly isWanted: (event: EngineEvent) => boolean;
  readonly version: string;
  readonly prefix: string;
}

async function* lines(subscription: AsyncIterable<EngineEvent>, { isWanted, version, prefix }: Writing): AsyncGenerator<string> {
  const tellsCreate = isSince(version, "1.46");
  for await (const event of subscription) {
    if (!tellsCreate && event.type === "image" && event.action === "create") continue;
    if (isWanted(event)) yield `${prefix}${encodeEvent(event, version)}\n`;
  }
}

/** RFC 7464: every record of a JSON text sequence begins with this character. */
const RECORD_SEPARATOR = "\u001e";

interface Format {
  readonly contentType: string;
  readonly prefix: string;
}

/** Since 1.52 a client may choose by naming a type exactly; wildcards mean the first. */
function negotiate(version: string, accept = ""): Format {
  if (!isSince(version, "1.52")) return { contentType: "application/json", prefix: "" };
  for (const range of accept.split(",")) {
    const type = range.split(";", 1)[0]?.trim().toLowerCase();
    if (type === "application/json-seq") return { contentType: type, prefix: RECORD_SEPARATOR };
    if (type === "application/jsonl" || type === "application/x-ndjson") return { contentType: type, prefix: "" };
  }
  return { contentType: "application/jsonl", prefix: "" };
}
