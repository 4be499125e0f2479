import type { FileHandle } from "node:fs/promises";

/** A place in a log: files are numbered as they were begun, whatever their names are by now. */
export interface LogPosition {
  readonly generation: number;
  readonly offset: number;
}

/** What readers need of a log that may be written to meanwhile. */
export interface ReadableLog {
  end(): Promise<LogPosition>;
  openGeneration(generation: number): Promise<FileHandle | undefined>;
  /** Older files are gone, or about to go. */
  readonly oldestGeneration: number;
  /** Which run of the container is going on. */
  readonly run: number | undefined;
  changed(): Promise<void>;
}
