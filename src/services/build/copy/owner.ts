import { invalidArgument } from "#errors";
import { readText } from "../context/find-dockerfile.ts";
import type { FileTree } from "../trees/file-tree.ts";
import type { Owner } from "./copy-tree.ts";

const MAX_ACCOUNTS_SIZE = 10 * 1024 * 1024;
const MAX_ID = 2 ** 31 - 1;

export interface FoundOwner {
  readonly owner: Owner;
  /** Names that the image does not know, for which BuildKit takes root. */
  readonly unknown: readonly string[];
}

/**
 * Reads the value of `--chown`: `user[:group]`, by name in the image's own files or by number. A user alone brings its
 * group along, a number alone the group of that number; with nothing behind the colon it is root's.
 */
export async function findOwner(tree: FileTree, text: string): Promise<FoundOwner> {
  const [user = "", group, ...rest] = text.split(":");
  if (rest.length > 0) throw invalidArgument(`invalid chown string format: ${text}`);
  const unknown: string[] = [];
  const account = await findUser(tree, user);
  if (account === undefined) unknown.push(user);
  const uid = account?.uid ?? 0;
  if (group === undefined) return { owner: { uid, gid: account?.gid ?? 0 }, unknown };
  if (group === "") return { owner: { uid, gid: 0 }, unknown };
  const gid = toId(group) ?? (await findGroup(tree, group));
  if (gid === undefined) unknown.push(group);
  return { owner: { uid, gid: gid ?? 0 }, unknown };
}

async function findUser(tree: FileTree, user: string): Promise<Owner | undefined> {
  if (user === "") return { uid: 0, gid: 0 };
  const id = toId(user);
  if (id !== undefined) return { uid: id, gid: id };
  const fields = await findLine(tree, "etc/passwd", user);
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
}

async function findGroup(tree: FileTree, group: string): Promise<number | undefined> {
  const fields = await findLine(tree, "etc/group", group);
  return fields && Number(fields[2]);
}

/** The first line of that name whose numbers are numbers. */
async function findLine(tree: FileTree, path: string, name: string): Promise<readonly string[] | undefined> {
  const text = (await readText(tree, path, MAX_ACCOUNTS_SIZE)) ?? "";
  const ids = path === "etc/passwd" ? [2, 3] : [2];
  for (const line of text.split("\n")) {
    const fields = line.split(":");
    if (fields[0] === name && ids.every((index) => /^[0-9]{1,10}$/.test(fields[index] ?? ""))) return fields;
  }
  return undefined;
}

function toId(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  if (Number(text) > MAX_ID) throw invalidArgument(`uids and gids must be in range 0-${MAX_ID}`);
  return Number(text);
}
