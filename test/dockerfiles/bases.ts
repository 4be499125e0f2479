import { existsSync, readFileSync } from "node:fs";
import type { TarInput } from "#archive";

import { tarOf } from "../runtime/chains.ts";
import { sha256 } from "../workbench/index.ts";

/** Images that every Dockerfile of the suite may begin with. */
export const BUSYBOX_BASE = "suite/busybox:1";
/** Files without a program: what stands on it needs nothing to run. */
export const PLAIN_BASE = "suite/plain:1";

const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));
const DAY = { seconds: 1_577_880_000, nanoseconds: 0 };
const APPLETS =
  "ash awk base64 basename bzip2 cat chgrp chmod chown cmp cp cut date dd df dirname du echo ed env expr false find getopt grep gunzip gzip head " +
  "hostname id ln ls md5sum mkdir mkfifo mknod mktemp mv nproc od printf ps pwd readlink realpath rm rmdir sed seq sh sha256sum " +
  "sleep sort stat sync tac tail tar tee test touch tr true truncate tty uname uniq unlink unzip wc which whoami xargs xz yes zcat";

const TABLES: Readonly<Record<string, string>> = {
  passwd:
    "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nwww-data:x:33:33:www:/var/www:/bin/false\n" +
    "node:x:1000:1000::/home/node:/bin/sh\napp:x:1001:2001::/srv/app:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
  group: "root:x:0:\ndaemon:x:1:\nwww-data:x:33:node\nnode:x:1000:\nstaff:x:50:app\napps:x:2001:\nnogroup:x:65534:\n",
  "os-release": 'ID=suite\nPRETTY_NAME="A base of the suite"\n',
};

const FOLDERS: readonly (readonly [path: string, mode?: number, uid?: number])[] = [
  ["bin"],
  ["dev"],
  ["etc"],
  ["home"],
  ["home/node", 0o755, 1000],
  ["opt"],
  ["proc"],
  ["root", 0o700],
  ["run"],
  ["srv"],
  ["sys"],
  ["tmp", 0o1777],
  ["usr"],
  ["usr/bin"],
  ["usr/local"],
  ["usr/local/bin"],
  ["usr/share"],
  ["var"],
  ["var/cache"],
  ["var/lib"],
  ["var/log"],
  ["var/www", 0o755, 33],
];

/** The program that differs from machine to machine. */
export function busyboxProgram(): Buffer | undefined {
  return BUSYBOX === undefined ? undefined : readFileSync(BUSYBOX);
}

/** Roots for `docker import`, by image name: the same bytes everywhere but for busybox itself. */
export async function bases(): Promise<ReadonlyMap<string, Buffer>> {
  const busybox = busyboxProgram();
  const plain = await tarOf(plainEntries());
  if (busybox === undefined) return new Map([[PLAIN_BASE, plain]]);
  const program: TarInput = { header: { type: "file", path: "bin/busybox", mode: 0o755, mtime: DAY, size: busybox.length }, body: busybox };
  return new Map([
    [PLAIN_BASE, plain],
    [BUSYBOX_BASE, await tarOf([...plainEntries(), program, ...APPLETS.split(" ").map(applet)])],
  ]);
}

/** Which of them an image stands on is seen from the first of its diff IDs. */
export function baseNames(tars: ReadonlyMap<string, Buffer>): ReadonlyMap<string, string> {
  return new Map(Array.from(tars, ([name, tar]) => [sha256(tar), name]));
}

function plainEntries(): TarInput[] {
  const folders = FOLDERS.map(([path, mode = 0o755, uid = 0]): TarInput => {
    return { header: { type: "directory", path, mode, uid, gid: uid, mtime: DAY } };
  });
  const tables = Object.entries(TABLES).map(([name, text]): TarInput => {
    const header = { type: "file", path: `etc/${name}`, mode: 0o644, mtime: DAY, size: Buffer.byteLength(text) } as const;
    return { header, body: Buffer.from(text) };
  });
  return [...folders, ...tables];
}

function applet(name: string): TarInput {
  return { header: { type: "symlink", mode: 0o777, path: `bin/${name}`, linkPath: "busybox", mtime: DAY } };
}
