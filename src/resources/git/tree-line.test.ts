import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTreeLine } from "./tree-line.ts";

const ID = "0123456789".repeat(4);

test("a line of a tree is a path with its type, object and size", () => {
  assert.deepEqual(parseTreeLine(Buffer.from(`100644 blob ${ID}      17\ta b\tc`)), { path: "a b\tc", type: "file", object: ID, size: 17 });
  assert.deepEqual(parseTreeLine(Buffer.from(`160000 commit ${ID}       -\tm`)), { path: "m", type: "submodule", object: ID, size: 0 });
});

test("what no file system should be given is refused", () => {
  for (const path of [".git", "a/.GIT/hooks/post-checkout", "..", "a/../../b", "a//b", "/etc/passwd", ".", "a/", "", "x".repeat(4096)])
    assert.throws(
      () => parseTreeLine(Buffer.from(`100644 blob ${ID} 1\t${path}`)),
      { kind: "invalid-argument", message: /invalid path/ },
      path,
    );
  assert.throws(() => parseTreeLine(Buffer.from(`120000 blob ${ID} 5000\ta`)), { message: /"a" is no link$/ });
  assert.throws(() => parseTreeLine(Buffer.from(`100000 blob ${ID} 1\ta`)), { message: /"a" has mode 100000$/ });
});
