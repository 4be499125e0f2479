import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TarInput } from "#archive";
import { Snapshots } from "#snapshots";
import { chainOf, hasProgram, tarOf } from "./chains.ts";
import { headersOf } from "./machine.ts";

const skip = process.getuid?.() === 0 ? false : "only root may unpack and mount";

const mtime = { seconds: 1_000_000_000, nanoseconds: 0 };
const xattrs = new Map([["user.note", Buffer.from("one")]]);

function file(path: string, content: string, more: Partial<TarInput["header"]> = {}): TarInput {
  return { header: { type: "file", path, mode: 0o644, size: content.length, mtime, ...more }, body: Buffer.from(content) };
}

/** What a layer that says only what is new says after each change. */
const CASES: readonly (readonly [change: string, layer: readonly string[]])[] = [
  ["chmod 644 d/a; chown -R 0:0 d; true >> d/b", []],
  ["cp -p d/a x && mv x d/a", []],
  ["touch d", []],
  ["touch d/x && rm d/x", []],
  ["touch -d @1000000000 d/a d/b", []],
  ["rm d/link && ln -s a d/link && touch -hd @1000000000 d/link", []],
  ["touch d/a", ["directory d/", "file d/a"]],
  ["touch -d @1000000000.5 d/a", ["directory d/", "file d/a"]],
  ["printf B > d/a; touch -d @1000000000 d/a", ["directory d/", "file d/a"]],
  ["chmod 600 d/a", ["directory d/", "file d/a"]],
  ["chmod 700 d", ["directory d/"]],
  ["chown 5 d/deep/f", ["directory d/", "directory d/deep/", "file d/deep/f"]],
  ["setfattr -n user.note -v two d/noted", ["directory d/", "file d/noted"]],
  ["chmod 644 d/noted", []],
  ["ln -sfn b d/link && touch -hd @1000000000 d/link", ["directory d/", "symlink d/link"]],
  // A new name of an old file is the file anew, for a link in a layer leads to what is in the layer.
  ["ln d/a d/new; ln d/a d/newer", ["directory d/", "file d/new", "hardlink d/newer → d/new"]],
  ["ln d/b d/0", ["directory d/", "file d/0"]],
  ["rm d/a; ln d/b d/a", ["directory d/", "file d/a"]],
  ["echo new > d/0; ln d/0 d/1", ["directory d/", "file d/0", "hardlink d/1 → d/0"]],
  ["rm d/a; mkdir d/a", ["directory d/", "directory d/a/"]],
  ["rm -r d/deep; mkdir d/deep", ["directory d/", "directory d/deep/", "file d/deep/.wh..wh..opq"]],
  ["mkdir -p d/e/f; touch d/e/f/g", ["directory d/", "directory d/e/", "directory d/e/f/", "file d/e/f/g"]],
  ["rm -r d/deep; ln -s /etc d/deep", ["directory d/", "symlink d/deep"]],
  ["rm d/a d/b", ["directory d/", "file d/.wh.a", "file d/.wh.b"]],
  ["mv d/a d/z", ["directory d/", "file d/.wh.a", "file d/z"]],
  ["rm d/link; mkdir d/link; echo x > d/link/a", ["directory d/", "directory d/link/", "file d/link/a"]],
  // The place was only there to be mounted on.
  ["rmdir mnt", []],
];

describe("a layer leaves out what a process has written and not changed", { skip }, () => {
  let root: string;
  let snapshots: Snapshots;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "slipway-unchanged-"));
    snapshots = await Snapshots.open(root);
  });
  after(async () => {
    await snapshots[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
  });

  for (const [change, expected] of CASES) {
    test(change, { skip: change.includes("setfattr") && !hasProgram("setfattr") && "setfattr is not installed" }, async () => {
      const chain = chainOf(
        await tarOf([
          { header: { type: "directory", path: "d", mode: 0o755, mtime } },
          file("d/a", "a"),
          file("d/b", "b"),
          file("d/noted", "n", { xattrs }),
          { header: { type: "symlink", path: "d/link", linkPath: "a", mode: 0o777, mtime } },
          { header: { type: "directory", path: "d/deep", mode: 0o755, mtime } },
        ]),
        await tarOf([file("d/deep/f", "f")]),
      );
      await using snapshot = await snapshots.prepare({ chain, mountPoints: [{ path: "mnt", type: "directory" }] });
      execFileSync("sh", ["-ec", change], { cwd: snapshot.root });
      const chunks: Uint8Array[] = [];
      for await (const chunk of snapshot.diff()) chunks.push(chunk);
      const headers = await headersOf(Buffer.concat(chunks));
      const said = headers.map(({ type, path, linkPath }) => `${type} ${path}${type === "hardlink" ? ` → ${linkPath}` : ""}`);
      assert.deepEqual(said, expected);
    });
  }
});
