import { chmod, mkdir, open } from "node:fs/promises";
import { HeldDirectory } from "#disk";
import { Walk } from "./walk.ts";

/** What everybody may look at, whatever this process gives away by habit. */
const MODE = 0o755;

/**
 * Makes the places in a root where something will be mounted, as far as they are missing, with the directories above
 * them. They stay, as they do in Docker. Links in the root do not lead out of it.
 */
export async function makePlaces(root: string, places: readonly { readonly target: string; readonly isFile: boolean }[]): Promise<void> {
  await using top = await HeldDirectory.open(root);
  for (const { target, isFile } of places) {
    await using walk = new Walk(top, new Map());
    const slash = target.lastIndexOf("/");
    if (isFile) await walk.find(target.slice(0, slash), { followLast: true, onMissing: makeDirectory });
    await walk.find(target, { followLast: true, onMissing: isFile ? makeFile : makeDirectory });
  }
}

async function makeDirectory(parent: HeldDirectory, name: Buffer): Promise<void> {
  await mkdir(parent.at(name));
  await using directory = await parent.enter(name);
  await chmod(`${directory.path}/.`, MODE);
}

async function makeFile(parent: HeldDirectory, name: Buffer): Promise<void> {
  await using file = await open(parent.at(name), "wx");
  await file.chmod(0o644);
}
