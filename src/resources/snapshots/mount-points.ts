import { chmod, chown, mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeName } from "#archive";
import type { TreeEntry, TreeView } from "#archive";

/** A place where something will be mounted while a process runs. */
export interface MountPoint {
  readonly path: string;
  readonly type: "directory" | "file";
}

/**
 * Makes those mount points that the tree lacks in an empty directory of their own, which lies between the tree and
 * what changes: so they are there to be mounted on, and never part of a layer.
 *
 * @returns false when nothing was lacking.
 */
export async function makeMountPoints(view: TreeView, points: readonly MountPoint[], directory: string): Promise<boolean> {
  const made = new Map<string, TreeEntry | undefined>();
  for (const { path, type } of points) {
    const place = view.resolve(path);
    if (view.stat(place) !== undefined || made.has(place)) continue;
    const names = place.split("/");
    const parents = names.map((_, depth) => names.slice(0, depth).join("/"));
    for (const parent of parents) await makeDirectory(view, parent, directory, made);
    if (type === "directory") await makeDirectory(view, place, directory, made);
    else await writeFile(pathIn(directory, place), "", { mode: 0o644 });
    made.set(place, undefined);
  }
  // Last, for making something in a directory changes its time.
  for (const [place, entry] of [...made].reverse()) if (entry !== undefined) await copyAttributes(entry, pathIn(directory, place));
  return made.size > 0;
}

async function makeDirectory(view: TreeView, place: string, directory: string, made: Map<string, TreeEntry | undefined>): Promise<void> {
  if (made.has(place)) return;
  if (place !== "") await mkdir(pathIn(directory, place), { mode: 0o755 });
  made.set(place, view.stat(place));
}

/** The overlay shows the attributes of the uppermost directory, which must be those of the one it stands in front of. */
async function copyAttributes(entry: TreeEntry, path: Buffer): Promise<void> {
  const time = entry.mtime.seconds + entry.mtime.nanoseconds / 1e9;
  await chown(path, entry.uid, entry.gid);
  await chmod(path, entry.mode);
  await utimes(path, time, time);
}

function pathIn(directory: string, place: string): Buffer {
  return Buffer.concat([Buffer.from(join(directory, "/")), encodeName(place)]);
}
