import type { Digest } from "#oci";
import type { Database } from "./database.ts";

/** Blobs that were stored and turned out to be damaged, so that it is known what images still need. */
export class LostTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  put(digest: Digest, size: number): void {
    this.#database.run("INSERT OR REPLACE INTO lost VALUES (?, ?)", digest, size);
  }

  /** Those that have not been stored again. `size` in bytes. */
  all(): { digest: Digest; size: number }[] {
    const rows = this.#database.all<{ digest: Digest; size: number }>(
      "SELECT digest, size FROM lost WHERE digest NOT IN (SELECT digest FROM blobs) ORDER BY digest",
    );
    return rows.map(({ digest, size }) => ({ digest, size }));
  }

  keepOnly(digests: ReadonlySet<Digest>): void {
    const all = this.#database.all<{ digest: Digest }>("SELECT digest FROM lost");
    for (const { digest } of all) if (!digests.has(digest)) this.#database.run("DELETE FROM lost WHERE digest = ?", digest);
  }
}
