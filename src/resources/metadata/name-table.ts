import type { Digest, ImageId } from "#oci";
import type { Database } from "./database.ts";
import type { NamesJournal } from "./names-journal.ts";
import type { NameRecord } from "./records.ts";

/** Canonical references. Every change is also written to the journal, from which names survive a lost database. */
export class NameTable {
  readonly #database: Database;
  readonly #journal: NamesJournal;

  constructor(database: Database, journal: NamesJournal) {
    this.#database = database;
    this.#journal = journal;
  }

  /** In canonical order. */
  all(): NameRecord[] {
    const rows = this.#database.all<NameRecord>("SELECT name, image, target FROM names ORDER BY name");
    return rows.map(({ name, image, target }) => ({ name, image, target }));
  }

  /** Tags of a repository in the order of OCI's distribution-spec, which looks at case last; those after `after`. */
  tagsIn(repository: string, { after, limit }: { readonly after: string; readonly limit: number }): string[] {
    const rows = this.#database.all<{ tag: string }>(
      `SELECT substr(name, ?1) AS tag FROM names
       WHERE name > ?2 AND name < ?3 AND instr(name, '@') = 0 AND (lower(tag), tag) > (lower(?4), ?4)
       ORDER BY lower(tag), tag LIMIT ?5`,
      repository.length + 2,
      `${repository}:`,
      `${repository};`,
      after,
      limit,
    );
    return rows.map((row) => row.tag);
  }

  /** Whether a name of this repository reaches the blob: as its target, as a part of it, or as what speaks of either. */
  reaches(repository: string, digest: Digest): boolean {
    const row = this.#database.get(
      `WITH RECURSIVE above (digest) AS (VALUES (?1) UNION SELECT parent FROM edges JOIN above ON child = digest
         UNION SELECT subject FROM referrers JOIN above USING (digest))
       SELECT 1 FROM above JOIN targets USING (digest) JOIN names ON names.image = targets.image AND names.target = targets.digest
       WHERE (name > ?2 || ':' AND name < ?2 || ';') OR (name > ?2 || '@' AND name < ?2 || 'A') LIMIT 1`,
      digest,
      repository,
    );
    return row !== undefined;
  }

  /** The names that need a blob: whose target it is, or reaches it. In canonical order. */
  needing(digest: Digest): NameRecord[] {
    const rows = this.#database.all<NameRecord>(
      `WITH RECURSIVE above (digest) AS (VALUES (?) UNION SELECT parent FROM edges JOIN above ON child = digest
         UNION SELECT subject FROM referrers JOIN above USING (digest))
       SELECT name, image, target FROM names JOIN above ON digest = target ORDER BY name`,
      digest,
    );
    return rows.map(({ name, image, target }) => ({ name, image, target }));
  }

  /** A name by digest, in another repository of this domain, that reaches the blob. Walks upwards from it. */
  findElsewhere(blob: Digest, { domain, repository }: { readonly domain: string; readonly repository: string }): string | undefined {
    const row = this.#database.get<{ name: string }>(
      `WITH RECURSIVE above (digest) AS (VALUES (?1) UNION SELECT parent FROM edges JOIN above ON child = digest)
       SELECT name FROM above JOIN targets USING (digest) JOIN names ON names.image = targets.image AND names.target = targets.digest
       WHERE name > ?2 || '/' AND name < ?2 || '0' AND instr(name, '@') > 0 AND NOT (name > ?3 || '@' AND name < ?3 || 'A')
       ORDER BY name LIMIT 1`,
      blob,
      domain,
      repository,
    );
    return row?.name;
  }

  put(name: string, image: ImageId, target: Digest): void {
    this.#database.run("INSERT OR REPLACE INTO names VALUES (?, ?, ?)", name, image, target);
    this.#journal.put({ name, image, target });
  }

  remove(name: string): void {
    this.#database.run("DELETE FROM names WHERE name = ?", name);
    this.#journal.remove(name);
  }
}
