import type { DiffId, Digest } from "#oci";
import type { Database } from "./database.ts";

/** What one step of a build left behind, to be found again by any of its keys. */
export interface CacheRecord {
  /** 25 characters, as Docker's are. */
  readonly id: string;
  readonly kind: CacheKind;
  readonly description: string;
  /** The record of the step before, as far as it is known. */
  readonly parent: string | undefined;
  /** The stored layer; absent for what only changes a config and for what is kept outside of blobs. */
  readonly blob: Digest | undefined;
  readonly diffId: DiffId | undefined;
  /** Bytes on disk. */
  readonly size: number;
  readonly created: Date;
  readonly lastUsed: Date | undefined;
  /** How often it was found again. */
  readonly uses: number;
}

/** Docker's words for what is in a build cache. */
export type CacheKind = "regular" | "internal" | "exec.cachemount" | "source.local" | "source.git.checkout";

interface Row {
  id: string;
  kind: CacheKind;
  description: string;
  parent: string | null;
  blob: Digest | null;
  diff_id: DiffId | null;
  size: number;
  created: number;
  last_used: number | null;
  uses: number;
}

/** Results of build steps. Their blobs are roots of garbage collection. */
export class BuildCacheTable {
  readonly #database: Database;
  /** How often something was put here since the engine was opened. */
  additions = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  put(record: CacheRecord, keys: Iterable<string>): void {
    const { id, kind, description, parent, blob, diffId, size, created, lastUsed, uses } = record;
    this.#database.run(
      "INSERT OR REPLACE INTO build_cache VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id,
      kind,
      description,
      parent ?? null,
      blob ?? null,
      diffId ?? null,
      size,
      created.getTime(),
      lastUsed?.getTime() ?? null,
      uses,
    );
    for (const key of keys) this.addKey(key, id);
    this.additions += 1;
  }

  /** One more key for a record; the newest record wins a key. */
  addKey(key: string, id: string): void {
    this.#database.run("INSERT OR REPLACE INTO build_cache_keys VALUES (?, ?)", key, id);
  }

  find(key: string): CacheRecord | undefined {
    const row = this.#database.get<Row>("SELECT build_cache.* FROM build_cache_keys JOIN build_cache USING (id) WHERE key = ?", key);
    return row && toRecord(row);
  }

  /** The newest of a kind by what it is called. */
  findDescribed(kind: CacheKind, description: string): CacheRecord | undefined {
    const sql = "SELECT * FROM build_cache WHERE kind = ? AND description = ? ORDER BY created DESC LIMIT 1";
    const row = this.#database.get<Row>(sql, kind, description);
    return row && toRecord(row);
  }

  /** Least recently used first. */
  all(): CacheRecord[] {
    return this.#database.all<Row>("SELECT * FROM build_cache ORDER BY coalesce(last_used, created), id").map(toRecord);
  }

  markUsed(id: string, now: Date): void {
    this.#database.run("UPDATE build_cache SET last_used = ?, uses = uses + 1 WHERE id = ?", now.getTime(), id);
  }

  setSize(id: string, size: number): void {
    this.#database.run("UPDATE build_cache SET size = ? WHERE id = ?", size, id);
  }

  /** All that cannot be found again without a blob. */
  removeNeeding(blob: Digest): void {
    for (const { id } of this.#database.all<{ id: string }>("SELECT id FROM build_cache WHERE blob = ?", blob)) this.remove(id);
  }

  remove(id: string): void {
    this.#database.run("DELETE FROM build_cache WHERE id = ?", id);
    this.#database.run("DELETE FROM build_cache_keys WHERE id = ?", id);
  }
}

function toRecord(row: Row): CacheRecord {
  return {
    id: row.id,
    kind: row.kind,
    description: row.description,
    parent: row.parent ?? undefined,
    blob: row.blob ?? undefined,
    diffId: row.diff_id ?? undefined,
    size: row.size,
    created: new Date(row.created),
    lastUsed: row.last_used === null ? undefined : new Date(row.last_used),
    uses: row.uses,
  };
}
