import { constants } from "node:fs";
import { open, readlink } from "node:fs/promises";
import { join } from "node:path";
import { invalidArgument } from "#errors";

const MAX_LINKS = 40;
const MAX_FILE_SIZE = 16 * 1024 * 1024;

/** Where a path of a process leads on the machine: symlinks and `..` stay inside the root. */
export async function pathInRoot(root: string, path: string): Promise<string> {
  const trail: string[] = [];
  const names = path.split("/").reverse();
  let links = 0;
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      trail.pop();
      continue;
    }
    const target = await linkTarget(join(root, ...trail, name));
    if (target === undefined) {
      trail.push(name);
      continue;
    }
    if (++links > MAX_LINKS) throw invalidArgument(`cannot resolve ${JSON.stringify(path)}: too many levels of symbolic links`);
    if (target.startsWith("/")) trail.length = 0;
    names.push(...target.split("/").reverse());
  }
  return join(root, ...trail);
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    return undefined;
  }
}

/** A small text file of a root in which nothing runs; undefined when there is none. */
export async function readInRoot(root: string, path: string): Promise<string | undefined> {
  const place = await pathInRoot(root, path);
  // Neither a pipe that nobody writes to nor a device is waited for.
  const file = await open(place, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const facts = await file.stat();
    if (!facts.isFile()) return undefined;
    if (facts.size > MAX_FILE_SIZE) throw invalidArgument(`cannot read ${path}: ${facts.size} bytes, expected at most ${MAX_FILE_SIZE}`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
