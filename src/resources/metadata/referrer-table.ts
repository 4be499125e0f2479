import type { Descriptor, Digest } from "#oci";
import type { Database } from "./database.ts";

/** Manifests by the manifest that they speak of (`subject`), which may not be stored. */
export class ReferrerTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  put(subject: Digest, referrer: Descriptor): void {
    this.#database.run("INSERT OR REPLACE INTO referrers VALUES (?, ?, ?)", subject, referrer.digest, JSON.stringify(referrer));
  }

  /** By digest, those after `after`. `artifactType` leaves out all others. */
  of(subject: Digest, { after, limit, artifactType }: ReferrerPage): Descriptor[] {
    const rows = this.#database.all<{ descriptor: string }>(
      `SELECT descriptor FROM referrers WHERE subject = ?1 AND digest > ?2
         AND (?3 IS NULL OR descriptor ->> '$.artifactType' = ?3) ORDER BY digest LIMIT ?4`,
      subject,
      after,
      artifactType ?? null,
      limit,
    );
    return rows.map((row) => JSON.parse(row.descriptor) as Descriptor);
  }

  /** How a manifest that speaks of another was described when it came. */
  descriptorOf(digest: Digest): Descriptor | undefined {
    const row = this.#database.get<{ descriptor: string }>("SELECT descriptor FROM referrers WHERE digest = ? LIMIT 1", digest);
    return row && (JSON.parse(row.descriptor) as Descriptor);
  }

  remove(digest: Digest): void {
    this.#database.run("DELETE FROM referrers WHERE digest = ?", digest);
  }
}

export interface ReferrerPage {
  readonly after: string;
  readonly limit: number;
  readonly artifactType?: string | undefined;
}
