import { existsSync } from "node:fs";
import { chmod, chown, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { TreeView } from "#archive";
import { makeMountPoints } from "./mount-points.ts";
import type { MountPoint } from "./mount-points.ts";
import { mountOverlay } from "./overlay-mount.ts";

export interface RootParts {
  /** Where `root`, `upper`, `work` and what lies between the trees and the changes are. */
  readonly directory: string;
  /** Name of what lies between. */
  readonly between: string;
  readonly isVolatile: boolean;
  readonly view: TreeView;
  /** Names, uppermost first. */
  readonly trees: readonly string[];
  /** The directory of the trees. */
  readonly folder: string;
  readonly mountPoints: readonly MountPoint[];
}

/** Mounts trees below a directory that takes the changes. */
export async function assembleRoot({ directory, between, isVolatile, view, trees, folder, mountPoints }: RootParts): Promise<void> {
  const [root, upper, work, points] = ["root", "upper", "work", between].map((name) => join(directory, name));
  if (root === undefined || upper === undefined || work === undefined || points === undefined) return;
  for (const path of [root, work, points]) await mkdir(path, { recursive: true });
  if (!existsSync(upper)) await makeUpper(view, upper);
  const isLacking = await makeMountPoints(view, mountPoints, points);
  // There has to be something below, if only an empty directory.
  const lower = isLacking || trees.length === 0 ? [points, ...trees] : trees;
  await mountOverlay({ lower, upper, work, root, cwd: folder, isVolatile });
}

/** The overlay's root is like the directory that takes the changes, which appears as it is to be. */
async function makeUpper(view: TreeView, upper: string): Promise<void> {
  const { uid, gid, mode } = view.stat("") ?? { uid: 0, gid: 0, mode: 0o755 };
  const unfinished = `${upper}.new`;
  await mkdir(unfinished, { recursive: true });
  await chown(unfinished, uid, gid);
  await chmod(unfinished, mode);
  await rename(unfinished, upper);
}
