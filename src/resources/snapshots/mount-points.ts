import { chmod, chown, mkdir, utimes, writeFile } from "node:fs/promises";
import { invalidArgument } from "#errors";
import type { TreeEntry, TreeView } from "#archive";
import { pathIn } from "./path-in.ts";

/** A place where something will be mounted while a process runs. */
export interface MountPoint {
  readonly path: string;
  readonly type: "directory" | "file";
  /** Permissions when it has to be made; default 0755. */
  readonly mode?: number | undefined;
}

/** What a place is to be like: as it is in the tree, or, where there is nothing, its permissions. */
type Likeness = TreeEntry | number;

const DEFAULT_MODE = 0o755;

/**
 * Makes those mount points that the tree lacks in an empty directory of their own, which lies between the tree and
 * what changes: so they are there to be mounted on, and never part of a layer.
 *
 * @returns false when nothing was lacking.
 * @throws invalid-argument for a place below something that is no directory.
 */
export async function makeMountPoints(view: TreeView, points: readonly MountPoint[], directory: string): Promise<boolean> {
  const made = new Map<string, Likeness>();
  for (const { path, type, mode = DEFAULT_MODE } of points) {
    const place = view.resolve(path);
    if (view.stat(place) !== undefined || made.has(place)) continue;
    const names = place.split("/");
    for (const depth of names.keys()) await makeParent(view, names.slice(0, depth).join("/"), directory, made);
    if (type === "directory") await mkdir(pathIn(directory, place));
    else await writeFile(pathIn(directory, place), "");
    made.set(place, mode);
  }
  // Last, for making something in a directory changes its time.
  for (const [place, likeness] of [...made].reverse()) await setAttributes(pathIn(directory, place), likeness);
  return made.size > 0;
}

async function makeParent(view: TreeView, place: string, directory: string, made: Map<string, Likeness>): Promise<void> {
  if (made.has(place)) return;
  const entry = view.stat(place);
  if (entry !== undefined && entry.type !== "directory")
    throw invalidArgument(`cannot mount below ${JSON.stringify(`/${place}`)}: not a directory`);
  if (place !== "") await mkdir(pathIn(directory, place));
  made.set(place, entry ?? DEFAULT_MODE);
}

/** The overlay shows the attributes of the uppermost directory, which must be those of the one it stands in front of. */
async function setAttributes(path: Buffer, likeness: Likeness): Promise<void> {
  // What was made has only the permissions that this process gives away by habit.
  if (typeof likeness === "number") return chmod(path, likeness);
  const { uid, gid, mode, mtime } = likeness;
  const time = mtime.seconds + mtime.nanoseconds / 1e9;
  await chown(path, uid, gid);
  await chmod(path, mode);
  await utimes(path, time, time);
}
