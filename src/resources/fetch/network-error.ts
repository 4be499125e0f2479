import { EngineError, internal, throwIfAborted } from "#errors";
import { networkFailure } from "#network";
import { redactUrl } from "#sources";

export interface Limits {
  /** Of whoever asked. */
  readonly signal: AbortSignal | undefined;
  /** Of the whole transfer. */
  readonly deadline: AbortSignal;
}

/** Why a request or its body broke, in Docker's words. Throws `cancelled` when that was wished. */
export function networkError(error: unknown, url: URL, { signal, deadline }: Limits): EngineError {
  throwIfAborted(signal);
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const words = deadline.aborted ? "it takes longer than is allowed" : (networkFailure(error)?.words ?? message);
  return internal(`Get "${redactUrl(url.href)}": ${words}`, { cause: error });
}
