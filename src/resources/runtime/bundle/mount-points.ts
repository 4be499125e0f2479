import { TMPFS_MODE } from "./bundle-config.ts";
import type { ExtraMount, RunSpec } from "../run-spec.ts";

/**
 * Every place in the root that something is mounted on while the process runs. Whoever makes the root sees to it that
 * they are there: the runtime would make what is missing, and it would stay.
 */
export function mountPointsOf({ mounts = [] }: Pick<RunSpec, "mounts">): PlaceToMount[] {
  return [
    ...["/proc", "/dev", "/sys"].map((path) => ({ path, type: "directory" as const })),
    ...["/etc/hosts", "/etc/resolv.conf"].map((path) => ({ path, type: "file" as const })),
    ...mounts.map(extraPlace),
  ];
}

interface PlaceToMount {
  readonly path: string;
  readonly type: "directory" | "file";
  readonly mode?: number;
}

/** A file system in memory takes on the permissions of the directory that it hides. */
function extraPlace(mount: ExtraMount): PlaceToMount {
  if (mount.type === "tmpfs") return { path: mount.target, type: "directory", mode: TMPFS_MODE };
  return { path: mount.target, type: mount.isFile ? "file" : "directory" };
}
