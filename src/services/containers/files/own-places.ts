import type { MountPoint } from "#snapshots";

const directory = (path: string): MountPoint => ({ path, type: "directory", isAnew: true });
const file = (path: string): MountPoint => ({ path, type: "file", isAnew: true });

/**
 * What every container has, whatever its image has there: places for what the runtime mounts, and the file by which
 * programs know that they are in a container. They are no change of the container, so neither a diff nor a commit shows
 * them; an export does.
 */
export const OWN_PLACES: readonly MountPoint[] = [
  ...["/dev/pts", "/dev/shm", "/proc", "/sys"].map(directory),
  ...["/.dockerenv", "/dev/console", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"].map(file),
  { path: "/etc/mtab", type: "symlink", linkPath: "/proc/mounts", isAnew: true },
];
