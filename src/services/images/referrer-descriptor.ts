import { parseJsonObject, isJsonObject } from "#oci";
import type { Descriptor, ManifestDocument } from "#oci";

/**
 * How a manifest that speaks of another one is listed (distribution-spec, "Listing Referrers"): with its artifact type,
 * which is the config's when it names none, and with its annotations.
 */
export function referrerDescriptor(manifest: Descriptor, document: ManifestDocument, bytes: Uint8Array): Descriptor {
  const { artifactType: named, annotations } = parseJsonObject(bytes, "manifest");
  const own = typeof named === "string" && named !== "" ? named : undefined;
  const artifactType = own ?? (document.kind === "manifest" ? document.config.mediaType : undefined);
  const { mediaType, digest, size } = manifest;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(isJsonObject(annotations) && { annotations: stringsOf(annotations) }),
  };
}

function stringsOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
