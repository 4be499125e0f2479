import { dataLoss, invalidArgument } from "#errors";
import type { EngineError } from "#errors";

/** Bytes that are no tar, or no longer one. Docker's words, which are those of Go's tar reader. */
export function invalidTarHeader(offset: number): EngineError {
  return invalidArgument("archive/tar: invalid tar header", { details: { offset } });
}

/** A name, link target, PAX header or sparse map beyond its limit. */
export function headerFieldTooLong(offset: number): EngineError {
  return invalidArgument("archive/tar: header field too long", { details: { offset } });
}

/** The stream ended inside an entry or a compressed member. */
export function unexpectedEnd(offset?: number): EngineError {
  return invalidArgument("unexpected EOF", offset === undefined ? undefined : { details: { offset } });
}

/** A bound on what an archive may expand to, hold or nest was passed. */
export function limitExceeded(subject: string, limit: string, offset?: number): EngineError {
  const details = offset === undefined ? undefined : { details: { offset } };
  return invalidArgument(`cannot read archive: ${subject}, expected at most ${limit}`, details);
}

/** An encoded layer index is not what was written. */
export function damagedIndex(reason: string): EngineError {
  return dataLoss(`cannot read layer index: ${reason}`);
}
