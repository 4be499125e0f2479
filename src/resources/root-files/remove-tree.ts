import { rmdir, unlink } from "node:fs/promises";
import type { HeldDirectory } from "#disk";

/** Removes a name and all below it. A link that is put in the place of a directory meanwhile is removed, not followed. */
export async function removeTree(parent: HeldDirectory, name: Buffer): Promise<void> {
  const stat = await parent.stat(name);
  if (stat === undefined) return;
  if (!stat.isDirectory()) return unlink(parent.at(name)).catch(unlessGone);
  {
    await using directory = await parent.enter(name);
    for (const child of await directory.names()) await removeTree(directory, child);
  }
  await rmdir(parent.at(name)).catch(unlessGone);
}

/** Somebody else was faster. */
function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
