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

  put(name: string, image: ImageId, target: Digest): void {
    this.#database.run("INSERT OR REPLACE INTO names VALUES (?, ?, ?)", name, image, target);
    this.#journal.put({ name, image, target });
  }

  remove(name: string): void {
    this.#database.run("DELETE FROM names WHERE name = ?", name);
    this.#journal.remove(name);
  }
}
