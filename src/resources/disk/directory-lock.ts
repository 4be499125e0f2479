import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { conflict } from "#errors";

export interface DirectoryLock extends Disposable {
  readonly path: string;
}

/**
 * Takes a directory for this process. The kernel gives it back when the process ends, however it ends.
 *
 * SQLite's exclusive transaction is the lock: it is `fcntl` underneath, which Node does not offer, and it also
 * keeps two engines of one process apart, which `fcntl` alone does not.
 *
 * @throws conflict when another engine has it.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, "lock");
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw conflict(`cannot open "${directory}": another engine is using it`, { cause: error });
  }
  return { path, [Symbol.dispose]: () => database.close() };
}

const SQLITE_BUSY = 5;
