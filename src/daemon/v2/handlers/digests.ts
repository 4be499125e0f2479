import { registryError } from "#distribution";
import { isDigest } from "#oci";
import type { Digest } from "#oci";

/** @throws DIGEST_INVALID. */
export function readDigest(text: string | undefined): Digest {
  if (text === undefined || !isDigest(text)) throw registryError("DIGEST_INVALID", "invalid digest", [{ digest: text ?? "" }]);
  return text;
}
