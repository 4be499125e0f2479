import type { DiffId, Digest } from "#oci";
import type { Database } from "./database.ts";

/** How a tree was compressed: the same way gives the same bytes. */
export interface CompressionWay {
  readonly name: string;
  readonly level: number;
}

/** Compressed forms of trees that were made for a registry and are not stored. Forgotten with the tree. */
export class CompressedTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  put(diffId: DiffId, { name, level }: CompressionWay, blob: { readonly digest: Digest; readonly size: number }): void {
    this.#database.run("INSERT OR REPLACE INTO compressed VALUES (?, ?, ?, ?, ?)", diffId, name, level, blob.digest, blob.size);
  }

  find(diffId: DiffId, { name, level }: CompressionWay): { readonly digest: Digest; readonly size: number } | undefined {
    return this.#database.get("SELECT digest, size FROM compressed WHERE diff_id = ? AND algorithm = ? AND level = ?", diffId, name, level);
  }
}
