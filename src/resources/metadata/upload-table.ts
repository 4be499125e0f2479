import type { Digest } from "#oci";
import type { Database } from "./database.ts";

/** Stored blobs that no manifest names yet, each with the moment until which it is kept all the same. */
export class UploadTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Puts off the end of a blob that is kept already; never brings it nearer. */
  keep(digest: Digest, until: Date): void {
    this.#database.run(
      "INSERT INTO uploads VALUES (?1, ?2) ON CONFLICT (digest) DO UPDATE SET until = max(until, excluded.until)",
      digest,
      until.getTime(),
    );
  }

  keptUntil(digest: Digest): Date | undefined {
    const row = this.#database.get<{ until: number }>("SELECT until FROM uploads WHERE digest = ?", digest);
    return row && new Date(row.until);
  }

  /** When the next one is no longer kept. */
  nextEnd(): Date | undefined {
    const row = this.#database.get<{ until: number | null }>("SELECT min(until) AS until FROM uploads");
    return row === undefined || row.until === null ? undefined : new Date(row.until);
  }

  endedBy(now: Date): Digest[] {
    return this.#database.all<{ digest: Digest }>("SELECT digest FROM uploads WHERE until <= ?", now.getTime()).map((row) => row.digest);
  }

  /** From here on they need a manifest to live. */
  release(digests: Iterable<Digest>): void {
    for (const digest of digests) this.#database.run("DELETE FROM uploads WHERE digest = ?", digest);
  }
}
