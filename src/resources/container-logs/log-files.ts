import { open, rename, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** 0 when it is not there. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(ignoreAbsence))?.size ?? 0;
}

export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path, "r").catch(ignoreAbsence);
}

export async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch(ignoreAbsence);
}

function ignoreAbsence(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  return undefined;
}
