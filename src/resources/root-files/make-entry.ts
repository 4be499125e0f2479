import { constants } from "node:fs";
import { lchown, lutimes, mkdir, open, symlink } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { decodeName, writeTar } from "#archive";
import type { TarItem } from "#archive";
import type { HeldDirectory } from "#disk";
import { internal } from "#errors";
import { startProgram } from "#programs";
import { fileTime } from "./file-time.ts";
import { GIVEN } from "./read-tree.ts";
import { writeSparse } from "./write-sparse.ts";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface MakeOptions {
  /** Default: whose the tar says. */
  readonly owner: Owner | undefined;
  /** Gives what a hard link leads to one more name. */
  readonly link: (place: Buffer) => Promise<void>;
}

const EXTRACT = [
  "--extract --file=- --numeric-owner --same-owner --same-permissions --warning=no-timestamp",
  "--xattrs --xattrs-include=security.capability --xattrs-include=user.*",
].flatMap((line) => line.split(" "));

/**
 * Makes an entry of a tar in a directory, where there must be nothing of that name; a directory without its owner and
 * permissions. Nothing of the body is read before it is known that there is nothing.
 *
 * @throws EEXIST.
 */
export async function makeEntry(parent: HeldDirectory, name: Buffer, item: TarItem, { owner, link }: MakeOptions): Promise<void> {
  const { header } = item;
  const place = parent.at(name);
  const { uid, gid } = owner ?? header;
  switch (header.type) {
    case "directory":
      await mkdir(place, 0o700);
      return;
    case "symlink":
      await symlink(Buffer.from(header.linkName), place);
      await lchown(place, uid, gid);
      return lutimes(place, fileTime(header.mtime), fileTime(header.mtime));
    case "hardlink":
      return link(place);
    case "file":
      return header.xattrs.size === 0 ? writeFile(place, item, { uid, gid }) : makeByProgram(parent, name, item, { uid, gid });
    case "char-device":
    case "block-device":
    case "fifo":
      return makeByProgram(parent, name, item, { uid, gid });
    case "other":
      throw internal("unhandled tar header type");
  }
}

async function writeFile(place: Buffer, { header, body }: TarItem, { uid, gid }: Owner): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  await using file = await open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  if (header.sparse === undefined) await file.writeFile(body);
  else await writeSparse(file, { header, body });
  // Changing the owner takes the right to change it back away, so permissions come last.
  await file.chown(uid, gid);
  await file.chmod(header.mode);
  await file.utimes(fileTime(header.mtime), fileTime(header.mtime));
}

/** What Node has no call for: devices, pipes, extended attributes. The program is given one plain name. */
async function makeByProgram(parent: HeldDirectory, name: Buffer, { header, body }: TarItem, owner: Owner): Promise<void> {
  const { type, mode, mtime, size, devMajor, devMinor, xattrs } = header;
  const plain = { type, path: decodeName(name), mode, mtime, size, devMajor, devMinor, xattrs, ...owner };
  const { child, done } = startProgram("tar", [...EXTRACT, `--directory=${GIVEN}`], {
    package: "tar",
    stdio: ["pipe", "ignore", "pipe", parent.fd],
  });
  if (child.stdin === null) throw internal("tar has no input");
  const [fed, ended] = await Promise.allSettled([
    pipeline(Readable.from(writeTar([{ header: plain, body }]), { objectMode: true, highWaterMark: 2 }), child.stdin),
    done,
  ]);
  if (ended.status === "rejected") throw ended.reason;
  if (fed.status === "rejected") throw fed.reason;
}
