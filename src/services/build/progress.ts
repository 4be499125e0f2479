import type { EventQueue } from "#async";
import type { BuildEvent } from "./types.ts";

/** What one stage has to tell. */
export type Progress = EventQueue<BuildEvent>;
