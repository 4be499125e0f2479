import { randomBytes } from "node:crypto";
import type { StagedBlob } from "#content";
import type { CacheKind, CacheRecord } from "#metadata";

const ID_LENGTH = 25;

export interface NewRecord {
  readonly kind: CacheKind;
  readonly description: string;
  readonly parent?: string | undefined;
  readonly blob?: Pick<StagedBlob, "digest" | "size" | "layer"> | undefined;
  readonly now: Date;
}

/** A record of something just made. */
export function newRecord({ kind, description, parent, blob, now }: NewRecord): CacheRecord {
  return {
    id: newId(),
    kind,
    description,
    parent,
    blob: blob?.digest,
    diffId: blob?.layer?.diffId,
    size: blob?.size ?? 0,
    created: now,
    lastUsed: undefined,
    uses: 0,
  };
}

/** Base 36, as BuildKit's IDs are. */
function newId(): string {
  return BigInt(`0x${randomBytes(20).toString("hex")}`)
    .toString(36)
    .padStart(ID_LENGTH, "0")
    .slice(0, ID_LENGTH);
}
