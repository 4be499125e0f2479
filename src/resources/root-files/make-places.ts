import { chmod, mkdir, open } from "node:fs/promises";
import { HeldDirectory } from "#disk";
import { Walk } from "./walk.ts";
import type { RootMount } from "./walk.ts";

/** What everybody may look at, whatever this process gives away by habit. */
const MODE = 0o755;

/** A place to be, and what will be mounted there from the machine, if anything. */
export interface Place extends Omit<RootMount, "source"> {
  readonly source: string | undefined;
  /** Of a directory that is made, by default 0755. */
  readonly mode?: number | undefined;
}

/**
 * Makes the places in a root where something will be mounted, as far as they are missing, with the directories above
 * them. They stay, as they do in Docker. Links in the root do not lead out of it.
 */
export async function makePlaces(root: string, places: readonly Place[]): Promise<void> {
  await using top = await HeldDirectory.open(root);
  const mounts = new Map<string, RootMount>();
  for (const { source, ...place } of places.toSorted((a, b) => depthOf(a) - depthOf(b))) {
    // A place in something that is mounted is made there.
    await using walk = new Walk(top, mounts);
    const path = await makePlace(walk, place);
    if (source !== undefined) mounts.set(path, { source, ...place });
  }
}

async function makePlace(walk: Walk, { target, isFile, mode = MODE }: Omit<Place, "source">): Promise<string> {
  const isSpecial = isFile || mode !== MODE;
  if (isSpecial) await walk.find(target.slice(0, target.lastIndexOf("/")), { followLast: true, onMissing: directoryMaker(MODE) });
  return (await walk.find(target, { followLast: true, onMissing: isFile ? makeFile : directoryMaker(mode) })).path;
}

function depthOf({ target }: Place): number {
  return target.split("/").length;
}

function directoryMaker(mode: number): (parent: HeldDirectory, name: Buffer) => Promise<void> {
  return async (parent, name) => {
    await mkdir(parent.at(name));
    await using directory = await parent.enter(name);
    await chmod(`${directory.path}/.`, mode);
  };
}

async function makeFile(parent: HeldDirectory, name: Buffer): Promise<void> {
  await using file = await open(parent.at(name), "wx");
  await file.chmod(0o644);
}
