import { EngineError, toEngineError } from "#errors";
import { statusOf } from "#wire";
import type { ErrorDetailJson } from "#wire";
import { empty, json, rawRefusal } from "./answer.ts";
import type { Hijacked, WholeAnswer } from "./answer.ts";

/** Docker's router speaks before the engine does: its refusals carry none of the engine's headers. */
export const PAGE_NOT_FOUND: WholeAnswer = json({ message: "page not found" }, 404);

/** `excerpt`: where in the Dockerfile the mistake is, for clients that show more than Docker's words. */
export function errorAnswer({ kind, message, details }: EngineError): WholeAnswer {
  if (kind === "not-modified") return empty(statusOf[kind]);
  const excerpt = details?.["excerpt"];
  return json({ message, ...(typeof excerpt === "string" && { excerpt }) }, statusOf[kind]);
}

/** For who expects raw bytes behind the headers. */
export function rawErrorAnswer({ kind, message }: EngineError): Hijacked {
  return rawRefusal(message, statusOf[kind]);
}

/** What nobody foresaw is told apart from what was: it is a bug, its details are for the log alone. */
export function foreseen(error: unknown, logBug: (error: unknown) => void): EngineError {
  const known = toEngineError(error);
  if (known !== undefined) return known;
  logBug(error);
  return new EngineError("internal", "internal error: this is a bug in slipway, its log says more", { cause: error });
}

/** The same in a stream of messages; a failed command's exit code goes along. */
export function errorDetail({ message, details }: EngineError): ErrorDetailJson {
  const code = details?.["exitCode"];
  return { ...(typeof code === "number" && { code }), message };
}
