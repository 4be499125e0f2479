import { decodeJsonStream } from "#wire";
import type { EventJson } from "#wire";
import { toTimestamp } from "../filters.ts";
import { Query } from "../query.ts";
import { open } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";
import { streamOf } from "../stream.ts";
import type { Stream } from "../stream.ts";
import type { HttpResponse } from "../transport.ts";

export interface EventsOptions extends Cancellable {
  /** Replay what the engine remembers from here on. Unix seconds as text, or a moment. */
  readonly since?: string | Date;
  /** The stream ends here; without it, never. */
  readonly until?: string | Date;
  readonly filters?: EventFilters;
}

export interface EventFilters {
  readonly type?: string | readonly string[];
  readonly event?: string | readonly string[];
  /** Names or IDs, matched exactly or without their tag. */
  readonly image?: string | readonly string[];
  readonly container?: string | readonly string[];
  readonly label?: string | readonly string[];
  readonly scope?: string | readonly string[];
  readonly daemon?: string | readonly string[];
}

/** Resolves when the engine listens: what happens from then on is in the stream. */
export async function events(session: Session, options: EventsOptions = {}): Promise<Stream<EventJson>> {
  const query = new Query("events", session.apiVersion)
    .text("since", options.since === undefined ? undefined : toTimestamp(options.since))
    .text("until", options.until === undefined ? undefined : toTimestamp(options.until))
    .filters({ ...options.filters });
  const response = await open(session, { method: "GET", path: "/events", query, signal: options.signal });
  return streamOf(readEvents(response), response);
}

async function* readEvents(response: HttpResponse): AsyncGenerator<EventJson> {
  try {
    yield* decodeJsonStream<EventJson>(response.body);
  } finally {
    response.close();
  }
}
