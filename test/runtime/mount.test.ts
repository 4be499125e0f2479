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
});

function file(path: string, content: string): TarInput {
  return { header: { type: "file", path, mode: 0o644, size: content.length }, body: Buffer.from(content) };
}

function directory(path: string, mode = 0o755): TarInput {
  return { header: { type: "directory", path, mode } };
}
