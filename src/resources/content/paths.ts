import { join } from "node:path";
import { algorithmOf, hexOf } from "#oci";
import type { Digest } from "#oci";

/** Where things lie below the data root; see docs/on-disk-format.md. */
export interface ContentPaths {
  readonly blobs: string;
  readonly ingest: string;
  readonly partial: string;
  readonly trash: string;
  readonly quarantine: string;
  blob(digest: Digest): string;
}

export function contentPaths(root: string): ContentPaths {
  const blobs = join(root, "blobs");
  return {
    blobs,
    ingest: join(root, "ingest"),
    partial: join(root, "partial"),
    trash: join(root, "trash"),
    quarantine: join(root, "quarantine"),
    blob: (digest) => join(blobs, algorithmOf(digest), hexOf(digest)),
  };
}
