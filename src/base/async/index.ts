/** What Node should have shipped: bounded concurrency, shared calls, draining of event streams, turns for others. */
export { allOrAbort } from "./all-or-abort.ts";
export { completion } from "./completion.ts";
export { giveBack, giveBackWhole } from "./give-back.ts";
export { EventQueue } from "./event-queue.ts";
export { Pace } from "./pace.ts";
export { Seldom } from "./seldom.ts";
export { createTurns } from "./turns.ts";
export type { Turns } from "./turns.ts";
export { createLimit } from "./limit.ts";
export type { Limit } from "./limit.ts";
export { untilAborted } from "./until-aborted.ts";
