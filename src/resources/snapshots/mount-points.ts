import { chmod, chown, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { invalidArgument } from "#errors";
import type { TreeEntry, TreeView } from "#archive";
import { pathIn } from "./path-in.ts";

/** A place where something will be mounted while a process runs. */
export interface MountPoint {
  readonly path: string;
  readonly type: "directory" | "file" | "symlink";
  /** Permissions when it has to be made; default 0755. */
  readonly mode?: number | undefined;
  /** Where a symlink leads. */
  readonly linkPath?: string | undefined;
  /** Stands in front of whatever the tree has there, a directory excepted. Default false: what is there will do. */
  readonly isAnew?: boolean | undefined;
}

/** What a place is to be like: as it is in the tree, or, where there is nothing, its permissions; symlinks have none. */
type Likeness = TreeEntry | number | undefined;

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
  for (const point of points) {
    const { type, mode = DEFAULT_MODE, linkPath = "", isAnew = false } = point;
    const place = placeOf(view, point);
    if (isThere(view, place, point) || made.has(place)) continue;
    const names = place.split("/");
    for (const depth of names.keys()) await makeParent(view, names.slice(0, depth).join("/"), { directory, made, isAnew });
    const path = pathIn(directory, place);
    if (type === "directory") await mkdir(path);
    else if (type === "file") await writeFile(path, "");
    else await symlink(linkPath, path);
    made.set(place, type === "symlink" ? undefined : mode);
  }
  // Last, for making something in a directory changes its time.
  for (const [place, likeness] of [...made].reverse()) await setAttributes(pathIn(directory, place), likeness);
  return made.size > 0;
}

function placeOf(view: TreeView, { path, isAnew = false }: MountPoint): string {
  if (!isAnew) return view.resolve(path);
  const folder = view.resolve(dirname(path));
  return folder === "" ? basename(path) : `${folder}/${basename(path)}`;
}

function isThere(view: TreeView, place: string, { isAnew = false }: MountPoint): boolean {
  const entry = view.stat(place, { followLinks: false });
  return isAnew ? entry?.type === "directory" : entry !== undefined;
}

interface Making {
  readonly directory: string;
  readonly made: Map<string, Likeness>;
  readonly isAnew: boolean;
}

async function makeParent(view: TreeView, place: string, { directory, made, isAnew }: Making): Promise<void> {
  if (made.has(place)) return;
  const found = view.stat(place);
  const entry = found?.type === "directory" ? found : undefined;
  if (found !== undefined && entry === undefined && !isAnew)
    throw invalidArgument(`cannot mount below ${JSON.stringify(`/${place}`)}: not a directory`);
  if (place !== "") await mkdir(pathIn(directory, place));
  made.set(place, entry ?? DEFAULT_MODE);
}

/** The overlay shows the attributes of the uppermost directory, which must be those of the one it stands in front of. */
async function setAttributes(path: Buffer, likeness: Likeness): Promise<void> {
  if (likeness === undefined) return;
  // What was made has only the permissions that this process gives away by habit.
  if (typeof likeness === "number") return chmod(path, likeness);
  const { uid, gid, mode, mtime } = likeness;
  const time = mtime.seconds + mtime.nanoseconds / 1e9;
  await chown(path, uid, gid);
  await chmod(path, mode);
  await utimes(path, time, time);
}
