import assert from "node:assert/strict";
import { test } from "node:test";
import { findSubdir } from "./find-subdir.ts";
import type { WholeTree } from "./find-subdir.ts";

const LINKS: Readonly<Record<string, string>> = {
  "to/deep": "../deep/a",
  "to/root": "/deep",
  up: "../../../../deep",
  host: "/etc",
  circle: "circle",
};
const DIRECTORIES = new Set(["deep", "deep/a", "to"]);

const tree: WholeTree = {
  find: (path) => {
    const target = LINKS[path];
    if (target !== undefined) return { type: "symlink", readLink: () => Promise.resolve(target) };
    if (DIRECTORIES.has(path)) return { type: "directory", readLink: () => Promise.reject(new Error("no link")) };
    return path === "deep/file" ? { type: "file", readLink: () => Promise.reject(new Error("no link")) } : undefined;
  },
};

test("a subdirectory is found link by link, with the tree's root as the root of everything", async () => {
  for (const subdir of ["deep/a", "/deep//a/", "./deep/a", "to/deep", "to/root/a", "up/a", "../../deep/a", "deep/a/../a"])
    assert.equal(await findSubdir(tree, subdir), "deep/a", subdir);
  assert.equal(await findSubdir(tree, ""), "");
  assert.equal(await findSubdir(tree, ".."), "");
});

test("what is no directory of the tree is none", async () => {
  for (const subdir of ["deep/file", "deep/file/.."]) {
    const message = `error setting git context, not a directory: ${subdir}`;
    await assert.rejects(findSubdir(tree, subdir), { kind: "internal", message }, subdir);
  }
  for (const subdir of ["host", "nope", "deep/nope/.."])
    await assert.rejects(findSubdir(tree, subdir), { kind: "internal", message: `stat ${subdir}: no such file or directory` }, subdir);
  await assert.rejects(findSubdir(tree, "circle"), { message: 'error setting git context, "circle" not within git root: too many links' });
});
