import { isEngineError } from "#errors";
import { familiar, parseReference } from "#oci";

/** Names of further contexts are compared as names of images are: `docker.io/library/a:latest` is `a`. Undefined for what is none. */
export function contextName(text: string): string | undefined {
  try {
    return familiar(parseReference(text.toLowerCase())).replace(/:latest$/, "");
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) return undefined;
    throw error;
  }
}
