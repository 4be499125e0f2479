import type { Digest } from "#oci";
import type { Database } from "./database.ts";

/** What containers stand on, whatever becomes of their images. Made again from the containers' own records at every start. */
export class ContainerBlobTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  put(container: string, blobs: Iterable<Digest>): void {
    for (const blob of blobs) this.#database.run("INSERT OR IGNORE INTO container_blobs VALUES (?, ?)", container, blob);
  }

  /** Returns what the container stood on; it may be garbage now. */
  remove(container: string): Digest[] {
    const rows = this.#database.all<{ blob: Digest }>("SELECT blob FROM container_blobs WHERE container = ?", container);
    this.#database.run("DELETE FROM container_blobs WHERE container = ?", container);
    return rows.map((row) => row.blob);
  }

  containers(): string[] {
    return this.#database.all<{ container: string }>("SELECT DISTINCT container FROM container_blobs").map((row) => row.container);
  }
}
