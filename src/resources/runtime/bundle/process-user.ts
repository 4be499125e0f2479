import { invalidArgument, notFound } from "#errors";

export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
}

/** The texts of a root's own tables; undefined when it has none. */
export interface UserTables {
  readonly passwd: string | undefined;
  readonly group: string | undefined;
}

interface PasswdLine {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

interface GroupLine {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const MAX_ID = 2 ** 31 - 1;
const DIGITS = /^-?\d+$/;

/**
 * Who `USER` stands for, by the tables of the image. A user that is found brings the groups that it is a member of,
 * unless a group is given; a number that is not found is taken as it is.
 *
 * @throws not-found, invalid-argument, in Docker's words.
 */
export function resolveUser(text: string, tables: UserTables): ProcessUser {
  const [userText = "", groupText = ""] = splitOnce(text);
  const found = findUser(userText, tables.passwd);
  if (groupText !== "") {
    const gid = findGroup(groupText, tables.group);
    return { uid: found.uid, gid, additionalGids: [gid] };
  }
  const { name } = found;
  const groups = name === undefined ? [] : groupLines(tables.group).filter(({ members }) => members.includes(name));
  return { uid: found.uid, gid: found.gid, additionalGids: [...new Set([found.gid, ...groups.map(({ gid }) => gid)])] };
}

/** Further groups by name or number. @throws not-found, invalid-argument, in Docker's words. */
export function resolveGroups(texts: readonly string[], group: string | undefined): number[] {
  return texts.map((text) => findGroup(text, group));
}

function splitOnce(text: string): readonly string[] {
  const colon = text.indexOf(":");
  return colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

function findUser(text: string, passwd: string | undefined): { uid: number; gid: number; name?: string } {
  const wanted = text === "" ? "0" : text;
  const line = passwdLines(passwd).find(({ name, uid }) => name === wanted || String(uid) === wanted);
  if (line !== undefined) return line;
  if (!DIGITS.test(wanted)) throw notFound(`unable to find user ${text}: no matching entries in passwd file`);
  return { uid: checkedId(wanted), gid: 0 };
}

function findGroup(text: string, group: string | undefined): number {
  const line = groupLines(group).find(({ name, gid }) => name === text || String(gid) === text);
  if (line !== undefined) return line.gid;
  if (!DIGITS.test(text)) throw notFound(`unable to find group ${text}: no matching entries in group file`);
  return checkedId(text);
}

function checkedId(text: string): number {
  const id = Number(text);
  if (id < 0 || id > MAX_ID) throw invalidArgument(`uids and gids must be in range 0-${MAX_ID}`);
  return id;
}

function passwdLines(text: string | undefined): PasswdLine[] {
  return fieldsOf(text)
    .map(([name = "", , uid = "", gid = ""]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(isSound);
}

function groupLines(text: string | undefined): GroupLine[] {
  return fieldsOf(text)
    .map(([name = "", , gid = "", members = ""]) => ({ name, gid: Number(gid), members: members.split(",") }))
    .filter(isSound);
}

function fieldsOf(text: string | undefined): string[][] {
  const lines = (text ?? "").split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(":"));
}

function isSound({ uid = 0, gid }: { uid?: number; gid: number }): boolean {
  return [uid, gid].every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 32);
}
