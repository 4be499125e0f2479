import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { TarInput } from "#archive";
import { Snapshots } from "#snapshots";
import type { MountPoint, SnapshotLayer } from "#snapshots";
import { chainOf, tarOf } from "./chains.ts";
import { namesOf } from "./machine.ts";

const skip = process.getuid?.() === 0 ? false : "only root may unpack and mount";

describe("roots of containers", { skip }, () => {
  let dataRoot: string;
  let place: string;
  let snapshots: Snapshots;
  let chain: readonly SnapshotLayer[];

  beforeEach(async () => {
    dataRoot = mkdtempSync(join(tmpdir(), "slipway-mount-"));
    place = join(dataRoot, "containers", "c1");
    mkdirSync(place, { recursive: true });
    snapshots = await Snapshots.open(dataRoot);
    const files = ["etc/hosts", "etc/mtab", "kept", "gone"].map((path) => file(path, "of the image"));
    chain = chainOf(await tarOf([directory("./", 0o751), directory("d"), ...files.slice(0, 2)]), await tarOf(files.slice(2)));
  });
  afterEach(async () => {
    await snapshots[Symbol.asyncDispose]();
    rmSync(dataRoot, { recursive: true });
  });

  async function mounted(look: (path: (name: string) => string) => void, mountPoints: readonly MountPoint[] = []): Promise<void> {
    await using mount = await snapshots.mount({ chain, place, mountPoints });
    look((name) => join(mount.root, name));
  }

  test("keep what was changed, from one mount to the next", async () => {
    await mounted((path) => {
      assert.equal(lstatSync(path("")).mode & 0o777, 0o751);
      writeFileSync(path("kept"), "changed");
      rmSync(path("gone"));
    });
    assert.deepEqual(readdirSync(join(place, "root")), []);
    await mounted((path) => assert.deepEqual([readFileSync(path("kept"), "utf8"), existsSync(path("gone"))], ["changed", false]));
  });

  test("keep it over trees that were made anew, after a boot and after pruning", async () => {
    await mounted((path) => {
      writeFileSync(path("kept"), "changed");
      writeFileSync(path("d/new"), "");
      rmSync(path("gone"));
    });
    const seen = (path: (name: string) => string): void => {
      assert.deepEqual(readdirSync(path("")).sort(), ["d", "etc", "kept"]);
      assert.deepEqual([readFileSync(path("kept"), "utf8"), readdirSync(path("d"))], ["changed", ["new"]]);
      assert.equal(readFileSync(path("etc/hosts"), "utf8"), "of the image");
    };
    assert.ok((await snapshots.prune()) > 0);
    await mounted(seen);
    await snapshots[Symbol.asyncDispose]();
    writeFileSync(join(dataRoot, "snapshots", "boot-id"), "another\n");
    snapshots = await Snapshots.open(dataRoot);
    await mounted(seen);
  });

  test("are synced when their programs ask for it", async () => {
    await mounted(() => {
      const line = readFileSync("/proc/self/mounts", "utf8")
        .split("\n")
        .find((text) => text.includes(place));
      assert.match(String(line), /^overlay .*upperdir=/);
      assert.doesNotMatch(String(line), /volatile/);
    });
  });

  test("are one root to all who use them at once, and stay until the last one leaves", async () => {
    const mounts = await Promise.all([1, 2, 3].map(() => snapshots.mount({ chain, place })));
    const lines = readFileSync("/proc/self/mounts", "utf8").split("\n");
    assert.equal(lines.filter((text) => text.includes(place)).length, 1);
    for (const mount of mounts) {
      assert.ok(existsSync(join(mount.root, "kept")));
      await mount[Symbol.asyncDispose]();
      await mount[Symbol.asyncDispose]();
    }
    assert.deepEqual(readdirSync(join(place, "root")), []);
  });

  test("keep their trees from being pruned while they are mounted", async () => {
    await mounted(() => undefined);
    await using mount = await snapshots.mount({ chain, place });
    assert.equal(await snapshots.prune(), 0);
    assert.ok(existsSync(join(mount.root, "kept")));
  });

  test("hold places to mount on that are no changes, in front of what the image has there", async () => {
    const points: MountPoint[] = [
      { path: "/proc", type: "directory" },
      { path: "/d", type: "directory" },
      { path: "/etc/hosts", type: "file", isAnew: true },
      { path: "/kept/below", type: "file", isAnew: true },
      { path: "/etc/mtab", type: "symlink", linkPath: "/proc/mounts", isAnew: true },
    ];
    for (const round of ["first", "second"]) {
      await mounted((path) => {
        assert.deepEqual(readdirSync(path("")).sort(), ["d", "etc", "gone", "kept", "proc"], round);
        assert.equal(readFileSync(path("etc/hosts"), "utf8"), "");
        assert.equal(lstatSync(path("etc/hosts")).mode & 0o777, 0o755);
        assert.equal(readlinkSync(path("etc/mtab")), "/proc/mounts");
        assert.ok(lstatSync(path("kept/below")).isFile());
      }, points);
      assert.deepEqual(readdirSync(join(place, "upper")), []);
    }
  });

  test("are taken down when the engine that mounted them was killed", async () => {
    const program = `import { Snapshots } from "#snapshots";
      const snapshots = await Snapshots.open(process.argv[1]);
      const { root } = await snapshots.mount({ chain: [], place: process.argv[2] });
      (await import("node:fs")).writeFileSync(root + "/left", "behind");
      process.kill(process.pid, "SIGKILL");`;
    const args = ["--conditions=source", "--input-type=module", "-e", program, dataRoot, place];
    assert.throws(() => execFileSync(process.execPath, args, { cwd: import.meta.dirname }));
    assert.ok(existsSync(join(place, "root", "left")));
    await using _ = await Snapshots.open(dataRoot);
    assert.equal(existsSync(join(place, "root", "left")), false);
    await mounted((path) => assert.equal(readFileSync(path("left"), "utf8"), "behind"));
  });

  test("nothing is changed in a place that was never mounted", async () => {
    assert.deepEqual(await snapshots.changes({ chain, place }), []);
    assert.deepEqual(await namesOf(Buffer.concat(await Array.fromAsync(snapshots.diff({ chain, place })))), []);
  });

  const LAYER = [
    directory("x", 0o755, 1),
    directory("x/y", 0o755, 1),
    directory("full", 0o755, 1),
    ...["x/a", "x/y/b", "full/f"].map((path) => file(path, path)),
    { header: { type: "symlink", path: "x/l", linkPath: "a" } },
    { header: { type: "hardlink", path: "x/hard", linkPath: "x/a" } },
  ] satisfies TarInput[];

  for (const [command, expected] of [
    ["true", ""],
    ["mkdir -p n/m; touch n/m/f", "A /n, A /n/m, A /n/m/f"],
    ["rm -r x/y", "C /x, D /x/y"],
    ["rm -r x", "D /x"],
    ["rm -r x; mkdir x; echo z >x/a; touch x/new", "C /x, C /x/a, D /x/hard, D /x/l, A /x/new, D /x/y"],
    ["rm -r x; touch x", "C /x"],
    ["rm x/a; mkdir x/a; touch x/a/in", "C /x, C /x/a, A /x/a/in"],
    ["chmod 700 x/a", "C /x, C /x/a"],
    ["chmod 700 x", "C /x"],
    ["chmod 700 x/y; chmod 755 x/y; touch x/y", ""],
    ["ln x/a x/h2", "C /x, A /x/h2"],
    ["echo q >>x/a", "C /x, C /x/a"],
    [": >>full/f", ""],
    ["touch -d 2001-01-01 full/f; touch full/f2; rm full/f2", "C /full, C /full/f"],
    ["mv x z", "D /x, A /z, A /z/a, A /z/hard, A /z/l, A /z/y, A /z/y/b"],
    ["ln -sfn b x/l", "C /x, C /x/l"],
    ["mknod x/dev c 1 3; mkfifo x/ff", "C /x, A /x/dev, A /x/ff"],
    ["chown 7 x/a", "C /x, C /x/a"],
    ["cp -a x/a x/a2; mv x/a2 x/a", ""],
    ["chmod 700 .", ""],
    ["rm etc/mtab; touch -d 2001-01-01 .dockerenv", "C /.dockerenv, C /etc, D /etc/mtab"],
    ["mkdir etc/new", "C /etc, A /etc/new"],
  ] as const) {
    test(`changes as Docker tells them: ${command}`, async () => {
      chain = chainOf(await tarOf([...LAYER, directory("etc"), file("etc/mtab", "x")]));
      const mountPoints: MountPoint[] = [
        { path: "/.dockerenv", type: "file" },
        { path: "/etc/mtab", type: "symlink", linkPath: "/proc/mounts", isAnew: true },
      ];
      await mounted((path) => execFileSync("sh", ["-e", "-c", command], { cwd: path("") }), mountPoints);
      const changes = await snapshots.changes({ chain, place, mountPoints });
      assert.equal(changes.map(({ path, kind }) => `${KINDS[kind]} ${path}`).join(", "), expected);
    });
  }
});

const KINDS = { added: "A", modified: "C", deleted: "D" } as const;

function file(path: string, content: string): TarInput {
  return { header: { type: "file", path, mode: 0o644, size: content.length }, body: Buffer.from(content) };
}

function directory(path: string, mode = 0o755, seconds = 0): TarInput {
  return { header: { type: "directory", path, mode, mtime: { seconds, nanoseconds: 0 } } };
}
