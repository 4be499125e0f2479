/**
 * What happened, for whoever listens: the journal behind `GET /events`.
 *
 * Promises: order of publication is order of delivery; a slow listener never holds up the engine. Knows no
 * event's meaning and nothing of how events are written on the wire.
 */
export type { EngineEvent, EventQuery } from "./engine-event.ts";
export { EventJournal } from "./event-journal.ts";
