import { EngineError } from "#errors";
import { kindOf } from "#wire";
import type { ErrorDetailJson } from "#wire";

/** The engine answered with an error status: Docker's message, the kind that the status stands for, and the status itself. */
export function answeredFailure(status: number, message: string): EngineError {
  return new EngineError(kindOf(status), message, { details: { status } });
}

/** The engine reported a failure after it had begun to answer with status 200; such a line has no kind of its own. */
export function streamedFailure({ message, code }: ErrorDetailJson): EngineError {
  return new EngineError("internal", message, { details: { status: 200, ...(code !== undefined && { code }) } });
}

/** The answer is not what the Engine API promises: another program listens there, or the connection was cut. */
export function malformedAnswer(what: string, cause?: unknown): EngineError {
  return new EngineError("data-loss", `cannot read the engine's answer: ${what}`, { cause });
}
