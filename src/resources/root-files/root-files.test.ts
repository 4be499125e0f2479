import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { readTar, writeTar } from "#archive";
import type { TarEntryInput } from "#archive";
import { exportRoot, RootFiles } from "#root-files";
import type { ExtractOptions, RootMount } from "#root-files";

const skip = process.getuid?.() === 0 ? false : "only root may give files away";

describe("files of a root", { skip }, () => {
  let base: string;
  let root: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "slipway-root-files-"));
    root = join(base, "root");
    const script = `mkdir -p root/w/d/e root/mnt/v root/etc outside/in; echo hello >root/w/d/f; ln root/w/d/f root/w/d/hard
      echo x >root/w/d/e/g; ln -s ../f root/w/d/e/l; ln -s /w/d root/w/ld; ln -s /nowhere/x root/w/broken; ln -s loop root/w/loop
      ln -s /../../../outside root/w/out; echo secret >outside/secret; mkfifo root/w/pipe; mknod root/w/null c 1 3
      echo hidden >root/mnt/v/hidden; mkdir volume; echo in >volume/f; echo one >file; touch root/etc/hosts; ln -s etc root/conf
      touch root/w/"$(printf 'b\\377')" root/w/-dash; chmod 1755 root/w/d`;
    execFileSync("sh", ["-e", "-c", script], { cwd: base });
  });
  afterEach(() => rmSync(base, { recursive: true }));

  const mounts = (): RootMount[] => [
    { target: "/mnt/v", source: join(base, "volume"), isReadonly: false, isFile: false },
    { target: "/conf/hosts", source: join(base, "file"), isReadonly: true, isFile: true },
  ];

  async function namesIn(path: string, use: readonly RootMount[] = mounts()): Promise<string[]> {
    await using files = await RootFiles.open(root, use);
    return await listed(files.read(path));
  }

  async function listed(tar: AsyncIterable<Uint8Array>): Promise<string[]> {
    const names: string[] = [];
    for await (const { header, body } of readTar(tar)) {
      const text = Buffer.concat(await Array.fromAsync(body))
        .toString()
        .trim();
      names.push([header.path, ...(header.linkPath === "" ? [] : ["->", header.linkPath]), ...(text === "" ? [] : [text])].join(" "));
    }
    return names;
  }

  for (const [path, expected] of [
    ["/w/d", { name: "d", kind: 0o040000, linkTarget: "" }],
    ["w/d/", { name: "d", kind: 0o040000, linkTarget: "" }],
    ["/w/d/.", { name: ".", kind: 0o040000, linkTarget: "" }],
    ["/", { name: "/", kind: 0o040000, linkTarget: "" }],
    ["/w/ld", { name: "ld", kind: 0o120000, linkTarget: "/w/d" }],
    ["/w/ld/", { name: "ld", kind: 0o040000, linkTarget: "" }],
    ["/w/d/e/l", { name: "l", kind: 0o120000, linkTarget: "/w/d/f" }],
    ["/w/broken", { name: "broken", kind: 0o120000, linkTarget: "/nowhere/x" }],
    ["/w/out", { name: "out", kind: 0o120000, linkTarget: "/outside" }],
    ["/../../w/pipe", { name: "pipe", kind: 0o010000, linkTarget: "" }],
    ["/mnt/v/f", { name: "f", kind: 0o100000, linkTarget: "" }],
    ["/etc/hosts", { name: "hosts", kind: 0o100000, linkTarget: "" }],
  ] as const) {
    test(`a look at ${path}`, async () => {
      await using files = await RootFiles.open(root, mounts());
      const found = await files.stat(path);
      assert.ok(found.failure === undefined);
      const { name, mode, linkTarget } = found.value;
      assert.deepEqual({ name, kind: mode & 0o170000, linkTarget }, expected);
    });
  }

  for (const [path, failure] of [
    ["/nope", "missing"],
    ["/w/nope/x", "missing"],
    ["/w/broken/", "missing"],
    ["/w/out/secret", "missing"],
    ["/mnt/v/hidden", "missing"],
    ["/w/d/f/", "not a directory"],
    ["/w/d/f/x", "not a directory"],
    ["/w/loop", "endless link"],
    ["/w/loop/", "too many links"],
    [`/w/${"x".repeat(256)}`, "name too long"],
  ] as const) {
    test(`${path} is told as ${failure}`, async () => {
      await using files = await RootFiles.open(root, mounts());
      assert.deepEqual((await files.stat(path)).failure, failure);
    });
  }

  const tree = (base: string): string[] => [
    base + "/",
    `${base}/e/`,
    `${base}/e/g x`,
    `${base}/e/l -> ../f`,
    `${base}/f hello`,
    `${base}/hard -> ${base}/f`,
  ];

  for (const [path, names] of [
    ["/w/d", tree("d")],
    ["/w/d/.", tree(".")],
    ["/w/ld/", tree("ld")],
    ["/w/ld", ["ld -> /w/d"]],
    ["/w/d/f", ["f hello"]],
    ["/w/-dash", ["-dash"]],
    ["/w/b\udcff", ["b\udcff"]],
    ["/mnt", ["mnt/", "mnt/v/", "mnt/v/f in"]],
    ["/mnt/v", ["v/", "v/f in"]],
    ["/etc", ["etc/", "etc/hosts one"]],
    ["/conf/hosts", ["hosts one"]],
  ] as const) {
    test(`${JSON.stringify(path)} as a tar`, async () => assert.deepEqual(await namesIn(path), names));
  }

  test("the whole root as a tar names everything by what the root is called", async () => {
    const names = await namesIn("/");
    assert.deepEqual(names.slice(0, 2), ["/", "/conf -> etc"]);
    assert.ok(names.includes("/mnt/v/f in") && !names.some((name) => name.includes("hidden")));
  });

  test("an export has all names without anything before them, and of mounts only the places", async () => {
    const names = await listed(exportRoot(root));
    assert.deepEqual(names.slice(0, 4), ["conf -> etc", "etc/", "etc/hosts", "mnt/"]);
    assert.ok(names.includes("w/d/hard -> w/d/f") && names.includes("mnt/v/hidden hidden"));
  });

  type Entry = TarEntryInput & { readonly text?: string };

  async function put(path: string, entries: readonly Entry[], options: Partial<ExtractOptions> = {}): Promise<unknown> {
    const items = entries.map(({ text = "", ...header }) => ({ header: { ...header, size: text.length }, body: Buffer.from(text) }));
    await using files = await RootFiles.open(root, mounts());
    return await files
      .target(path, (target) => target.extract(writeTar(items), { place: path, keepsKinds: false, ...options }))
      .then(
        ({ failure }) => failure,
        (error: Error) => error.message,
      );
  }

  const at = (path: string): string => join(root, path);

  test("entries get owner, permissions and time; directories that are left out are made", async () => {
    const mtime = { seconds: 1_234_567_890, nanoseconds: 500_000_000 };
    const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
    const failure = await put("/w/ld", [
      { type: "directory", path: "n/", mode: 0o2750, uid: 3, gid: 4, mtime },
      { type: "file", path: "n/su", mode: 0o4755, uid: 3, gid: 4, mtime, text: "x" },
      { type: "symlink", path: "n/s", linkPath: "../../..", uid: 5, mtime },
      { type: "hardlink", path: "n/h", linkPath: "n/su" },
      { type: "fifo", path: "n/p", mode: 0o600, uid: 6 },
      { type: "char-device", path: "n/c", mode: 0o666, devMajor: 1, devMinor: 3 },
      { type: "file", path: "n/cap", mode: 0o755, xattrs: new Map([["security.capability", capability]]), text: "c" },
      { type: "file", path: "im/plied/f", mode: 0o644, text: "i" },
    ]);
    assert.equal(failure, undefined);
    const told = ["n", "n/su", "n/s", "n/p", "im/plied"].map((name) => {
      const { mode, uid, gid } = lstatSync(at(`w/d/${name}`));
      return [name, mode.toString(8), uid, gid];
    });
    assert.deepEqual(told, [
      ["n", "42750", 3, 4],
      ["n/su", "104755", 3, 4],
      ["n/s", "120777", 5, 0],
      ["n/p", "10600", 6, 0],
      ["im/plied", "40755", 0, 0],
    ]);
    assert.deepEqual(
      ["n", "n/su", "n/s"].map((name) => lstatSync(at(`w/d/${name}`)).mtimeMs),
      Array(3).fill(1_234_567_890_500),
    );
    assert.equal(lstatSync(at("w/d/n/h")).ino, lstatSync(at("w/d/n/su")).ino);
    assert.equal(lstatSync(at("w/d/n/c")).rdev, 0x103);
    const kept = await namesIn("/w/d/n/cap");
    assert.deepEqual(kept, ["cap c"]);
    assert.match(
      execFileSync("tar", ["-C", at("w/d/n"), "--xattrs", "--xattrs-include=*", "-c", "cap"]).toString("latin1"),
      /SCHILY.xattr.security.capability/,
    );
  });

  test("everything becomes the given owner's", async () => {
    await put(
      "/w",
      [
        { type: "file", path: "o/f", mode: 0o600, uid: 9, text: "" },
        { type: "directory", path: "q" },
      ],
      { owner: { uid: 7, gid: 8 } },
    );
    assert.deepEqual(
      [lstatSync(at("w/o/f")), lstatSync(at("w/q"))].map(({ uid, gid }) => [uid, gid]),
      [
        [7, 8],
        [7, 8],
      ],
    );
  });

  test("what is there is replaced, and directories are merged", async () => {
    const file = { type: "file", mode: 0o644, text: "new" } as const;
    assert.equal(
      await put("/w/d", [
        { ...file, path: "e" },
        { ...file, path: "f" },
      ]),
      undefined,
    );
    assert.equal(readFileSync(at("w/d/hard"), "utf8"), "hello\n");
    assert.equal(readFileSync(at("w/d/e"), "utf8"), "new");
    assert.equal(
      await put("/w", [
        { type: "directory", path: "d", mode: 0o700 },
        { ...file, path: "d/g" },
      ]),
      undefined,
    );
    assert.deepEqual(readdirSync(at("w/d")), ["e", "f", "g", "hard"]);
    assert.equal(await put("/w", [{ type: "directory", path: "d/f", mode: 0o700 }]), undefined);
    assert.ok(lstatSync(at("w/d/f")).isDirectory());
  });

  test("a name may go up as long as it stays inside, and a time may be before 1970", async () => {
    assert.equal(await put("/w/d", [{ type: "file", path: "nope/../up", mtime: { seconds: -5, nanoseconds: 0 } }]), undefined);
    assert.equal(lstatSync(at("w/d/up")).mtimeMs, -5000);
    assert.equal(readdirSync(at("w/d")).includes("nope"), false);
  });

  for (const [what, entry, message] of [
    ["a file for a directory", { type: "file", path: "e" }, 'cannot overwrite directory "e" with non-directory "/w/d"'],
    ["a directory for a file", { type: "directory", path: "f" }, 'cannot overwrite non-directory "f" with directory "/w/d"'],
  ] as const) {
    test(`${what} is refused on request`, async () => assert.equal(await put("/w/d", [entry], { keepsKinds: true }), message));
  }

  for (const [what, entry, message] of [
    ["a name that leads out", { type: "file", path: "../x" }, 'invalid entry name "../x"'],
    ["a hard link that leads out", { type: "hardlink", path: "h", linkPath: "../../x" }, 'invalid hardlink target "../../x"'],
    ["a hard link to nothing", { type: "hardlink", path: "h", linkPath: "nope" }, "link /w/d/nope: no such file or directory"],
    ["a name below a file", { type: "file", path: "f/x" }, "mkdir /w/d/f: not a directory"],
  ] as const) {
    test(`${what} is refused`, async () => assert.equal(await put("/w/d", [entry]), message));
  }

  test("what is mounted is written where it really is, unless it is read-only, and never removed", async () => {
    const file = { type: "file", mode: 0o644, text: "new" } as const;
    assert.equal(
      await put("/", [
        { ...file, path: "mnt/v/n" },
        { type: "directory", path: "mnt/v", mode: 0o700 },
      ]),
      undefined,
    );
    assert.deepEqual([readdirSync(join(base, "volume")), readdirSync(at("mnt/v"))], [["f", "n"], ["hidden"]]);
    assert.deepEqual([lstatSync(join(base, "volume")).mode & 0o777, lstatSync(at("mnt/v")).mode & 0o777], [0o700, 0o755]);
    assert.equal(await put("/etc", [{ ...file, path: "hosts" }]), "open /etc/hosts: read-only file system");
    assert.equal(await put("/mnt", [{ ...file, path: "v" }]), "unlinkat /mnt/v: device or resource busy");
    assert.equal(readFileSync(join(base, "file"), "utf8"), "one\n");
  });

  test("links in the root and in the tar lead nowhere but into the directory that is written to", async () => {
    symlinkSync(join(base, "outside"), at("w/d/abs"));
    symlinkSync("../../../../../../outside", at("w/d/rel"));
    const file = { type: "file", mode: 0o644, text: "evil" } as const;
    await put("/w/d", [
      { ...file, path: "abs/canary" },
      { ...file, path: "rel/canary" },
    ]);
    await put("/w/d", [
      { type: "symlink", path: "own", linkPath: join(base, "outside") },
      { ...file, path: "own/canary" },
    ]);
    await put("/w/d", [
      { type: "symlink", path: "s", linkPath: "/etc" },
      { type: "hardlink", path: "s2", linkPath: "s" },
      { ...file, path: "s2" },
    ]);
    assert.deepEqual(readdirSync(join(base, "outside")), ["in", "secret"]);
    assert.ok(readlinkSync(at("w/d/own")).endsWith("outside"));
  });

  test("somebody who swaps directories for links all the time leads nobody out", async () => {
    const [swapped, aside] = [at("w/swap"), at("w/aside")];
    mkdirSync(join(swapped, "in"), { recursive: true });
    writeFileSync(join(swapped, "in", "plain"), "");
    const outside = join(base, "outside");
    const script = `while :; do mv ${swapped} ${aside}; ln -s ${outside} ${swapped}; rm ${swapped}; mv ${aside} ${swapped}; done`;
    const racer = spawn("sh", ["-c", script], { stdio: "ignore" });
    try {
      for (let round = 0; round < 40; round++) {
        await using files = await RootFiles.open(root, []);
        const read = await listed(files.read("/w/swap/in")).catch(() => []);
        const whole = round % 10 === 0 ? await listed(files.read("/w")).catch(() => []) : [];
        assert.ok(![...read, ...whole].some((name) => name.includes("secret")), `${read.join()} ${whole.join()}`);
        await put("/w", [
          { type: "directory", path: "swap/in", mode: 0o711 },
          { type: "file", path: "swap/in/canary", mode: 0o600, text: "x" },
        ]);
        await put("/w/swap/in", [{ type: "file", path: "canary", mode: 0o600, text: "x" }]);
      }
    } finally {
      racer.kill("SIGKILL");
    }
    assert.deepEqual(readdirSync(outside), ["in", "secret"]);
    assert.deepEqual([readdirSync(join(outside, "in")), lstatSync(join(outside, "in")).mode & 0o777], [[], 0o755]);
  });
});
