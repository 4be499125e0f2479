import { dataLoss } from "#errors";
import { BlobTable } from "./blob-table.ts";
import { BuildCacheTable } from "./build-cache-table.ts";
import { CompressedTable } from "./compressed-table.ts";
import { ContainerBlobTable } from "./container-blob-table.ts";
import { Database } from "./database.ts";
import { ImageTable } from "./image-table.ts";
import { LostTable } from "./lost-table.ts";
import { NameTable } from "./name-table.ts";
import { NamesJournal } from "./names-journal.ts";
import { ReferrerTable } from "./referrer-table.ts";
import { UploadTable } from "./upload-table.ts";

/** The tables and their one transaction; see the room's door for what it promises. */
export class Metadata implements Disposable {
  readonly #database: Database;
  readonly #journal: NamesJournal;
  readonly blobs: BlobTable;
  readonly compressed: CompressedTable;
  readonly images: ImageTable;
  readonly names: NameTable;
  readonly lost: LostTable;
  readonly referrers: ReferrerTable;
  readonly uploads: UploadTable;
  readonly buildCache: BuildCacheTable;
  readonly containerBlobs: ContainerBlobTable;
  /** The records have yet to be made from the blobs: the tables are new, or nobody has called `setBuilt()` on them. */
  readonly needsRebuild: boolean;
  /** Whether the last engine closed the data root in peace; otherwise files without records may lie about. */
  readonly wasClosed: boolean;

  private constructor(database: Database, journal: NamesJournal) {
    this.#database = database;
    this.#journal = journal;
    this.blobs = new BlobTable(database);
    this.compressed = new CompressedTable(database);
    this.images = new ImageTable(database);
    this.names = new NameTable(database, journal);
    this.lost = new LostTable(database);
    this.referrers = new ReferrerTable(database);
    this.uploads = new UploadTable(database);
    this.buildCache = new BuildCacheTable(database);
    this.containerBlobs = new ContainerBlobTable(database);
    this.needsRebuild = this.#get("built") !== "yes";
    this.wasClosed = this.#get("closed") === "yes";
    this.#set("closed", "no");
  }

  /** @throws data-loss when the database is damaged; see `Database.putAside`. */
  static open(directory: string, options: { durable: boolean }): Metadata {
    const database = Database.open(directory, options);
    const metadata = new Metadata(database, NamesJournal.open(directory));
    // A power cut can damage more than the first page; after a clean end there is nothing to look for.
    const [problem] = database.isNew || metadata.wasClosed ? [] : metadata.check();
    if (problem === undefined) return metadata;
    metadata[Symbol.dispose]();
    throw dataLoss(`cannot read meta.db: it is damaged (${problem})`);
  }

  [Symbol.dispose](): void {
    this.#set("closed", "yes");
    this.#journal[Symbol.dispose]();
    this.#database[Symbol.dispose]();
  }

  /** All or nothing, at one moment; `work` must not await. Follow it with `durable()` before acknowledging. */
  transaction<T>(work: () => T): T {
    try {
      const result = this.#database.transaction(work);
      this.#journal.flush();
      return result;
    } catch (error) {
      this.#journal.forget();
      throw error;
    }
  }

  durable(): Promise<void> {
    return this.#database.durable();
  }

  /** A value kept with the data root for good, made on first use. */
  setting(key: string, make: () => string): string {
    const known = this.#get(key);
    if (known !== undefined) return known;
    const value = make();
    this.#set(key, value);
    return value;
  }

  /** Says that every blob has its records. A process that dies before leaves tables that the next opening must fill. */
  setBuilt(): Promise<void> {
    this.#set("built", "yes");
    return this.durable();
  }

  /** What SQLite finds wrong with its own file. */
  check(): string[] {
    return this.#database.check();
  }

  /** Brings the journal of names in line with the table. */
  compactNames(options: { force?: boolean } = {}): void {
    this.#journal.compact(this.names.all(), options);
  }

  #get(key: string): string | undefined {
    return this.#database.get<{ value: string }>("SELECT value FROM settings WHERE key = ?", key)?.value;
  }

  #set(key: string, value: string): void {
    this.transaction(() => this.#database.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", key, value));
  }
}
