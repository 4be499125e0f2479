/** Which lines to read; all of them by default. */
export interface LogQuery {
  /** Nanoseconds since the epoch, both inclusive. */
  readonly since?: bigint | undefined;
  readonly until?: bigint | undefined;
  /** Up to the line of this time; empty for all lines. */
  readonly lastTime?: string | undefined;
  /** Only so many of the last lines, counted before anything else is left out. */
  readonly tail?: number | undefined;
  /** Waits for more until the run that is going on has ended. */
  readonly follow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}
