import { isEngineError, notFound } from "#errors";
import { familiar, familiarRepository } from "#oci";
import type { Reference } from "#oci";

/** A registry's refusal in the words by which Docker's clients know it; anything else as it is. */
export function toPullError(error: unknown, reference: Reference): unknown {
  if (!isEngineError(error)) return error;
  const { kind, message } = error;
  const because = { cause: error, ...(error.details !== undefined && { details: error.details }) };
  if (kind === "not-found" && message.startsWith("manifest unknown")) {
    return notFound(`manifest for ${familiar(reference)} not found: ${message}`, because);
  }
  const repository = familiarRepository(reference);
  if (kind === "not-found" && message.startsWith("name unknown"))
    return notFound(`repository ${repository} not found: ${message}`, because);
  // A bare "denied" tells nothing, and Docker leaves it alone.
  if ((kind === "forbidden" || kind === "unauthorized") && message.startsWith("denied: ")) {
    return notFound(`pull access denied for ${repository}, repository does not exist or may require 'docker login': ${message}`, because);
  }
  return error;
}
