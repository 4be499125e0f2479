import { lstat } from "node:fs/promises";
import { join, relative } from "node:path";
import { invalidArgument } from "#errors";
import { pathInRoot } from "./root-path.ts";
import type { RunSpec } from "../run-spec.ts";

/** A process gets these anew; runtimes go there by the path as it is, and would follow a link of the image out of its root. */
const OWN_DIRECTORIES = ["dev", "proc", "sys"];

/** Runtimes read these as they start, and would wait for ever for somebody to write into a pipe. */
const TABLES = ["etc/passwd", "etc/group"];

/** What a runtime makes in /dev, and later lays over files that are to be hidden. */
const OWN_DEVICES = new Set("console core fd full mqueue null ptmx pts random stderr stdin stdout tty urandom zero".split(" "));

/**
 * Refuses what could lead a runtime out of a root in which nothing runs yet, or keep it from starting.
 *
 * @throws invalid-argument for a root whose /dev, /proc or /sys is no directory or whose tables of users are no files,
 *   and for a mount over what the runtime itself needs.
 */
export async function guardRoot({ root, mounts = [] }: Pick<RunSpec, "root" | "mounts">): Promise<void> {
  for (const name of OWN_DIRECTORIES) {
    const entry = await lstat(join(root, name)).catch(() => undefined);
    if (entry?.isDirectory() === false) throw invalidArgument(`cannot run anything on this image: its /${name} is not a directory`);
  }
  for (const name of TABLES) {
    const entry = await lstat(await pathInRoot(root, name)).catch(() => undefined);
    const isReadable = entry === undefined || entry.isFile() || entry.isDirectory();
    if (!isReadable) throw invalidArgument(`cannot run anything on this image: its /${name} is not a file`);
  }
  for (const { target } of mounts) {
    const place = relative(root, await pathInRoot(root, target));
    if (isRuntimesOwn(place.split("/"))) throw invalidArgument(`cannot mount on ${JSON.stringify(target)}: /${place} is the runtime's own`);
  }
}

function isRuntimesOwn([first = "", second, ...rest]: readonly string[]): boolean {
  if (first === "" || first === "proc" || first === "sys") return true;
  return first === "dev" && (second === undefined || (rest.length === 0 && OWN_DEVICES.has(second)));
}
