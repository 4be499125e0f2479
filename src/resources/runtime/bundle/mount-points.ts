import type { ContainerSpec, ExtraMount } from "../run-spec.ts";
import { INIT_TARGET, TMPFS_MODE } from "./mounts.ts";

/**
 * Every place in the root that something is mounted on while the process runs. Whoever makes the root sees to it that
 * they are there: the runtime would make what is missing, and it would stay.
 */
export function mountPointsOf({
  mounts = [],
  folder,
  hasInit = false,
}: Partial<Pick<ContainerSpec, "mounts" | "folder" | "hasInit">>): PlaceToMount[] {
  const isContainer = folder !== undefined;
  const files = ["/etc/hosts", "/etc/resolv.conf", ...(isContainer ? ["/etc/hostname"] : []), ...(hasInit ? [INIT_TARGET] : [])];
  return [
    ...["/proc", "/dev", "/sys"].map((path) => ({ path, type: "directory" as const })),
    ...files.map((path) => ({ path, type: "file" as const })),
    ...mounts.filter(isInRoot).map(extraPlace),
  ];
}

/** The rest is in what the runtime mounts itself. */
function isInRoot({ target }: ExtraMount): boolean {
  return !/^\/+(?:proc|dev|sys)(?:\/|$)/.test(target);
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
