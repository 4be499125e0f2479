import { closeSync, fdatasync, openSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { dataLoss, unavailable } from "#errors";
import { SCHEMA_STEPS, SCHEMA_VERSION } from "./schema.ts";

const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/**
 * One SQLite file in write-ahead mode, used by this process alone.
 *
 * A commit becomes visible at once and durable with `durable()`, which syncs the log outside the event loop and
 * once for everybody who waits. That is `synchronous=FULL` for whatever is acknowledged, without its stalls.
 */
export class Database implements Disposable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #log: number | undefined;
  #syncing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Statements that changed something, and how many of them the last sync knew. What opening writes is not among them. */
  #changes = 0;
  #synced = -1;
  /** The tables were made by this opening. */
  readonly isNew: boolean;

  private constructor(database: DatabaseSync, log: number | undefined, isNew: boolean) {
    this.#database = database;
    this.isNew = isNew;
    this.#log = log;
  }

  /** @throws data-loss when the file is damaged or newer than this program. */
  static open(directory: string, options: { durable: boolean }): Database {
    const path = join(directory, "meta.db");
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path, { timeout: 5000 });
      database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY");
      database.exec(`PRAGMA synchronous = ${options.durable ? "NORMAL" : "OFF"}`);
      const isNew = migrate(database);
      // In exclusive mode the log keeps its file from the first write on, so one descriptor serves for good.
      database.exec("BEGIN IMMEDIATE; INSERT OR REPLACE INTO settings VALUES ('opened', unixepoch()); COMMIT");
      return new Database(database, options.durable ? openSync(`${path}-wal`, "r+") : undefined, isNew);
    } catch (error) {
      database?.close();
      throw translate(error);
    }
  }

  /** Puts a damaged database aside, with its log, and says where. */
  static async putAside(directory: string, now: Date): Promise<string> {
    const path = join(directory, "meta.db");
    const aside = `${path}.damaged-${now.toISOString().replaceAll(":", "-")}`;
    await rename(path, aside);
    await rename(`${path}-wal`, `${aside}-wal`).catch(() => undefined);
    await rm(`${path}-shm`, { force: true });
    return aside;
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#database.close();
    if (this.#log !== undefined) closeSync(this.#log);
  }

  /** All or nothing. Must not await: everything inside happens at one moment, for other requests too. */
  transaction<T>(work: () => T): T {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw translate(error);
    }
  }

  /** Resolves when everything committed before this call has reached the disk: at once, if it has by now. */
  durable(): Promise<void> {
    const log = this.#log;
    if (log === undefined || this.#synced === this.#changes) return Promise.resolve();
    if (this.#syncing === undefined) return (this.#syncing = this.#sync(log));
    // A sync under way may have begun before our commit; all who come meanwhile share the one after it.
    return (this.#next ??= this.#syncing
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return (this.#syncing = this.#sync(log));
      }));
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  run(sql: string, ...values: SqlValue[]): number {
    const changed = Number(this.#prepare(sql).run(...values).changes);
    if (changed > 0) this.#changes += 1;
    return changed;
  }

  /** Names everything that SQLite finds wrong; empty when it is sound. */
  check(): string[] {
    try {
      const rows = this.#database.prepare("PRAGMA quick_check").all() as { quick_check: string }[];
      return rows.map((row) => row.quick_check).filter((line) => line !== "ok");
    } catch (error) {
      throw translate(error);
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #sync(log: number): Promise<void> {
    const known = this.#changes;
    const synced = new Promise<void>((resolve, reject) => {
      fdatasync(log, (error) => (error === null ? resolve() : reject(error)));
    }).then(() => void (this.#synced = known));
    const done = synced.finally(() => {
      if (this.#syncing === done) this.#syncing = undefined;
    });
    done.catch(() => undefined);
    return done;
  }
}

export type SqlValue = string | number | bigint | null | Uint8Array;

/** Returns whether the tables had to be made. */
function migrate(database: DatabaseSync): boolean {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > SCHEMA_VERSION) {
    throw dataLoss(`cannot open meta.db: its format ${version} is newer than this program's ${SCHEMA_VERSION}`);
  }
  const steps = SCHEMA_STEPS.slice(version);
  if (steps.length > 0) database.exec(`BEGIN; ${steps.join("")} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  return version === 0;
}

function translate(error: unknown): unknown {
  const { errcode } = error as { errcode?: number };
  const code = errcode === undefined ? undefined : errcode & 0xff;
  if (code === SQLITE_FULL) return unavailable("cannot write meta.db: no space left on device", { cause: error });
  if (code === SQLITE_READONLY) return unavailable("cannot write meta.db: read-only file system", { cause: error });
  if (code === SQLITE_IOERR) return unavailable("cannot use meta.db: input/output error", { cause: error });
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) return dataLoss("cannot read meta.db: it is damaged", { cause: error });
  return error;
}
