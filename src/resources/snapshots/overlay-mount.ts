import { readFile, statfs } from "node:fs/promises";
import { unavailable } from "#errors";
import { runBriefly } from "#programs";

export interface OverlayMount {
  /** Uppermost first, relative to `cwd`: the kernel takes one page of options, and there may be more than a hundred. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly root: string;
  readonly cwd: string;
  /**
   * Spares it every sync, also those of the programs that run on it, for what comes of them is stored and synced as a
   * layer, or lost with the process anyway. After a crash the upper directory is worth nothing.
   */
  readonly isVolatile: boolean;
}

const PACKAGE = "mount";

const OVERLAY_MAGIC = 0x794c7630;
const ON_OVERLAY = "the data root lies on an overlay itself, as inside a container; it has to be on a volume or another file system";

/**
 * Changes show in the upper directory as plain files, whiteouts and opaque marks, and nothing else. Without these
 * features the kernel also lets the trees below be made again while nothing is mounted, under the same upper directory.
 */
const PLAIN = "index=off,metacopy=off,redirect_dir=off";

/**
 * Mounts an overlay. A kernel before 5.10 knows no volatile ones and gets the other.
 *
 * @throws unavailable when the kernel or the file system under it has no overlayfs.
 */
export async function mountOverlay({ lower, upper, work, root, cwd, isVolatile }: OverlayMount): Promise<void> {
  const options = `lowerdir=${lower.join(":")},upperdir=${upper},workdir=${work},${PLAIN}`;
  try {
    if (isVolatile && (await succeeds(mount(`${options},volatile`, root, cwd)))) return;
    await mount(options, root, cwd);
  } catch (cause) {
    const isOverlay = (await statfs(cwd)).type === OVERLAY_MAGIC;
    const reason = isOverlay ? ON_OVERLAY : cause instanceof Error ? cause.message : String(cause);
    throw unavailable(`cannot mount overlayfs: ${reason}`, { cause });
  }
}

async function succeeds(attempt: Promise<void>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}

async function mount(options: string, root: string, cwd: string): Promise<void> {
  await runBriefly("mount", ["-t", "overlay", "-o", options, "overlay", root], { package: PACKAGE, cwd });
}

/** Unmounts; a place that something still uses disappears with its last user. */
export async function unmount(path: string): Promise<void> {
  try {
    await runBriefly("umount", [path], { package: PACKAGE });
  } catch {
    await runBriefly("umount", ["-l", path], { package: PACKAGE });
  }
}

/** Places below a directory where something is mounted, innermost first. `directory` is its real path. */
export async function mountsBelow(directory: string): Promise<readonly string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  const places = table.split("\n").map((line) => unescaped(line.split(" ")[4] ?? ""));
  return places.filter((place) => place.startsWith(`${directory}/`)).reverse();
}

/** The kernel writes blanks in its tables as octal numbers. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
