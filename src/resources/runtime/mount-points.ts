import type { RunSpec } from "./run-spec.ts";

/**
 * Every place in the root that something is mounted on while the process runs. Whoever makes the root sees to it that
 * they are there: the runtime would make what is missing, and it would stay.
 */
export function mountPointsOf({ mounts = [] }: Pick<RunSpec, "mounts">): { readonly path: string; readonly type: "directory" | "file" }[] {
  return [
    ...["/proc", "/dev", "/sys"].map((path) => ({ path, type: "directory" as const })),
    ...["/etc/hosts", "/etc/resolv.conf"].map((path) => ({ path, type: "file" as const })),
    ...mounts.map((mount) => ({
      path: mount.target,
      type: mount.type === "bind" && mount.isFile ? ("file" as const) : ("directory" as const),
    })),
  ];
}
