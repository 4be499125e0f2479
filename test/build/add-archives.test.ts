import { gzipSync, zstdCompressSync } from "node:zlib";
import { encodeTarHeader } from "#archive";
import { checkCases } from "./build-cases.ts";
import { tarOfFiles } from "./context-files.ts";

const TAR = await tarOfFiles({
  "./": { mode: 0o700, uid: 9, gid: 9 },
  a: { text: "a", uid: 7, gid: 8, mode: 0o4711 },
  "s/": { mode: 0o711, uid: 3, gid: 0 },
  "s/b": "b",
  "s/c": { hardLink: "s/b" },
});
const UNPACKED = { a: "4711 7:8 a", "s/": "0711 3:0", "s/b": "0644 0:0 b", "s/c": "= s/b" };
const THERE = { "there/": { mode: 0o711, uid: 5, gid: 6 }, "there/old": "old", "there/in/x": "x", file: "file", link: { link: "there" } };

const BZIP2 = Buffer.from(
  "QlpoOTFBWSZTWR0rLf0AAGDbkPmAQAH/hAAD+AAeAARAAAgwAKzQlFNGjT1A0aGgAZAoAAAaAIlCho00DRoZDSCG81YnGoWAfAtL3FgCJpGUqOUHNJGQeLqtpaGNJINQ4K3kRoKxNcvgWTyS6CBtTjQED2ZlhM0iumyiY3VxgUDQzrLyWNoko1RHNQZomEPWHnUOwCkn4ekdhUkQ7XLqnhNQysj/F3JFOFCQHSst/Q==",
  "base64",
);
const XZ = Buffer.from(
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4BH/AJBdABcLvBx9AZXAKRTgxqnf32tnev18oQTwXzagKA1TpKGlYpavgCgJUD+wlhFFba/K9NHvSLCoO58PulABCbhpOPG5MR7DacFRcTTf4I6nyCPLm1TD+Nfz4JoQQvjcNqTwKZpuLQOx3LU6++ebQgY16XUBrpOosMK3zLtsXd0Im59xRs3fTJi3qcufOHyw0yLaAABG10AVMulivgABrAGAJAAA/3T2QrHEZ/sCAAAAAARZWg==",
  "base64",
);

const below = (folder: string): Record<string, string> =>
  Object.fromEntries(Object.entries(UNPACKED).map(([path, what]) => [`${folder}/${path}`, what.replace("= ", `= ${folder}/`)]));

checkCases("ADD of archives", [
  ...["/x", "/x/"].map((destination) => ({
    name: `118: a tar is unpacked into ${destination}, with its owners and modes`,
    files: { "t.tar": TAR },
    text: `FROM scratch\nADD t.tar ${destination}`,
    makes: { "x/": "0755 0:0", ...below("x") },
  })),
  { name: "118: a tar is unpacked into /", files: { "t.tar": TAR }, text: "FROM scratch\nADD t.tar /", makes: UNPACKED },
  {
    name: "118: a tar is unpacked into a directory that is there, also behind a link",
    base: THERE,
    files: { "t.tar": TAR },
    text: "FROM base\nADD t.tar /link",
    makes: below("there"),
  },
  {
    name: "118: a tar is not unpacked onto a file",
    base: THERE,
    files: { "t.tar": TAR },
    text: "FROM base\nADD t.tar /file",
    fails: "cannot copy to non-directory: /file",
  },
  {
    name: "118: --chown is for all of it, --chmod for none, --exclude for what is no archive",
    files: { "t.tar": TAR },
    text: "FROM scratch\nADD --chown=5:6 --chmod=600 --exclude=s t.tar /x",
    makes: { "x/": "0755 5:6", "x/a": "4711 5:6 a", "x/s/": "0711 5:6", "x/s/b": "0644 5:6 b", "x/s/c": "= x/s/b" },
  },
  {
    name: "118: several archives and files go into one directory, each as it is",
    files: { "t.tar": TAR, "empty.tar": "", "zeros.tar": Buffer.alloc(2048), l: { link: "t.tar" }, "not.tar": "not a tar" },
    text: "FROM scratch\nADD --chown=1 empty.tar not.tar l /x/",
    makes: {
      "x/": "0755 1:1",
      "x/a": "4711 1:1 a",
      "x/empty.tar": "0644 1:1 ",
      "x/not.tar": "0644 1:1 not a tar",
      "x/s/": "0711 1:1",
      "x/s/b": "0644 1:1 b",
      "x/s/c": "= x/s/b",
    },
  },
  {
    name: "3.10: a directory of the archive takes the place of a file or a link, a file that of a directory",
    base: THERE,
    files: { "t.tar": await tarOfFiles({ in: "in", "old/x": "x" }), "u.tar": await tarOfFiles({ "link/": {}, "link/f": "f" }) },
    text: "FROM base\nADD t.tar /there\nADD u.tar /",
    makes: {
      "link/": "0755 0:0",
      "link/f": "0644 0:0 f",
      "there/in": "0644 0:0 in",
      "there/old/": "0755 0:0",
      "there/old/x": "0644 0:0 x",
    },
  },
  ...Object.entries({
    gzip: [gzipSync(TAR), "unpacked"],
    bzip2: [BZIP2, "unpacked"],
    xz: [XZ, "unpacked"],
    zstd: [zstdCompressSync(TAR), "unpacked"],
    "xz in gzip": [gzipSync(XZ), "copied"],
    "gzip in gzip": [gzipSync(gzipSync(TAR)), "copied"],
  } as const).map(([compression, [bytes, fate]]) => ({
    name: `121: an archive in ${compression} is ${fate}, whatever it is called`,
    files: { "f.txt": bytes },
    text: "FROM scratch\nADD f.txt /x/",
    makes: { "x/": "0755 0:0", ...(fate === "unpacked" ? below("x") : { "x/f.txt": `0644 0:0 ${bytes.toString("utf8")}` }) },
  })),
  {
    name: "119: what is called a tar and is none is copied as it is",
    files: { "test.tar": "not a tar", "head.tar": TAR.subarray(0, 300) },
    text: "FROM scratch\nADD test.tar head.tar /x/",
    makes: { "x/": "0755 0:0", "x/head.tar": `0644 0:0 ${TAR.toString("utf8", 0, 300)}`, "x/test.tar": "0644 0:0 not a tar" },
  },
  ...Object.entries({
    "in a file": await truncated(),
    "in its compression": gzipSync(TAR).subarray(0, -20),
  }).map(([where, bytes]) => ({
    name: `120: an archive that is cut off ${where}`,
    files: { "t.tar": bytes },
    text: "FROM scratch\nADD t.tar /x/",
    fails: "unexpected EOF",
  })),
  {
    name: "3.10: an archive without its end is whole",
    files: { "t.tar": TAR.subarray(0, -1024) },
    text: "FROM scratch\nADD t.tar /x/",
    makes: { "x/": "0755 0:0", ...below("x") },
  },
  {
    name: "3.10: --unpack=false copies an archive",
    files: { "t.tar": TAR },
    text: "FROM scratch\nADD --unpack=false t.tar /x",
    makes: { x: `0644 0:0 ${TAR.toString("utf8")}` },
  },
  {
    name: "3.10: COPY never unpacks",
    files: { "t.tar": TAR },
    text: "FROM scratch\nCOPY t.tar /x",
    makes: { x: `0644 0:0 ${TAR.toString("utf8")}` },
  },
  {
    name: "128: links in an archive lead nowhere outside, for what comes after them in it and for a later COPY",
    base: { "etc/": {}, "tmp/": {} },
    files: {
      "t.tar": await tarOfFiles({ up: { link: "/../../etc" }, far: { link: "../../../../tmp" } }),
      f: "f",
    },
    text: "FROM base\nADD t.tar /x/\nCOPY f /x/up/\nCOPY f /x/far/g",
    makes: {
      "etc/f": "0644 0:0 f",
      "tmp/g": "0644 0:0 f",
      "x/": "0755 0:0",
      "x/far": "0:0 -> ../../../../tmp",
      "x/up": "0:0 -> /../../etc",
    },
  },
  {
    name: "128: a name that climbs out of the archive",
    files: { "t.tar": Buffer.concat([encodeTarHeader({ path: "a/../../evil", type: "file" }), Buffer.alloc(1024)]) },
    text: "FROM scratch\nADD t.tar /x/",
    fails: 'invalid entry name "a/../../evil"',
  },
  {
    name: "128: absolute names are below the destination",
    files: { "t.tar": Buffer.concat([encodeTarHeader({ path: "/abs/f", type: "file", mode: 0o600 }), Buffer.alloc(1024)]) },
    text: "FROM scratch\nADD t.tar /x/",
    makes: { "x/": "0755 0:0", "x/abs/": "0755 0:0", "x/abs/f": "0600 0:0 " },
  },
]);

/** A tar that ends in the middle of a file. */
async function truncated(): Promise<Buffer> {
  return (await tarOfFiles({ f: Buffer.alloc(4096, "x") })).subarray(0, 2000);
}
