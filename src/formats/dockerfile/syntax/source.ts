import { EngineError, invalidArgument } from "#errors";

/** Physical lines of the text, counted from 1, both ends included. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
}

/** The character of the `escape` directive: continues lines and protects the next character. */
export type Escape = "\\" | "`";

/** Runs one step of reading; whatever it refuses is refused with the place as `details.range`. */
export function at<T>(range: SourceRange, step: () => T, describe: (message: string) => string = (message) => message): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof EngineError) || error.details?.["range"] !== undefined) throw error;
    throw invalidArgument(describe(error.message), { cause: error, details: { range } });
  }
}
