import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Replaces `path` with `bytes`; with `durable` the change has reached the disk when this resolves. What fails names the file and leaves nothing. */
export async function writeFileAtomic(path: string, bytes: Uint8Array, options: { durable: boolean }): Promise<void> {
  const unfinished = `${path}.unfinished`;
  try {
    await writeWhole(unfinished, bytes, options);
    await rename(unfinished, path);
  } catch (error) {
    await removeQuietly(unfinished);
    // A file that is open has no name in Node's errors.
    throw error instanceof Error ? Object.assign(error, { path }) : error;
  }
  if (options.durable) await syncDirectory(dirname(path));
}

async function writeWhole(path: string, bytes: Uint8Array, { durable }: { durable: boolean }): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(bytes);
    if (durable) await file.datasync();
  } finally {
    await file.close();
  }
}

/** Renames within one file system; the caller syncs the directories once for a whole batch. */
export async function moveDurably(moves: Iterable<readonly [from: string, to: string]>, options: { durable: boolean }): Promise<void> {
  const directories = new Set<string>();
  for (const [from, to] of moves) {
    await rename(from, to);
    directories.add(dirname(to));
  }
  if (options.durable) await Promise.all([...directories].map(syncDirectory));
}

/** A rename has happened for good only when its directory is on disk. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** For clean-up on the way out of a failure, where a second error would hide the first. Absence is fine. */
export async function removeQuietly(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}
