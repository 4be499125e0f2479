import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanPath } from "./mount-path.ts";
import { parseBind } from "./parse-bind.ts";

test("a bind has a source, a target and options, each of a kind once", () => {
  const bind = { type: "bind", source: "/a", target: "/b", propagation: "rprivate", isMadeIfMissing: true };
  const cases = [
    ["/a:/b", { ...bind, mode: "", isWritable: true }],
    ["/a/../a/:/b/", { ...bind, mode: "", isWritable: true }],
    ["/a:/b:ro,rshared", { ...bind, mode: "ro,rshared", isWritable: false, propagation: "rshared" }],
    ["/b", { type: "volume", name: undefined, target: "/b", mode: "", isWritable: true }],
    ["/b:ro", { type: "volume", name: undefined, target: "/b", mode: "ro", isWritable: false }],
    ["v:/b:nocopy", { type: "volume", name: "v", target: "/b", mode: "nocopy", isWritable: true }],
  ] as const;
  for (const [text, planned] of cases) assert.deepEqual(parseBind(text), planned, text);
});

test("what is no bind is refused in Docker's words", () => {
  const cases = [
    [":/b", "invalid volume specification: ':/b'"],
    ["/a:/b:ro:rw", "invalid volume specification: '/a:/b:ro:rw'"],
    ["/a:/b:ro,rw", "invalid mode: ro,rw"],
    ["/a:/b:zz", "invalid mode: zz"],
    [
      "/a:b",
      `invalid volume specification: '/a:b': invalid mount config for type "bind": invalid mount path: 'b' mount path must be absolute`,
    ],
    ["/a:/", `invalid volume specification: '/a:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`],
  ] as const;
  for (const [text, message] of cases) assert.throws(() => parseBind(text), { message, kind: "internal" });
});

test("paths are cleaned as Go cleans them", () => {
  const cases = ["/a//b/../c/", "/..", "a/..", "../a", "/", "a/./b", ""];
  assert.deepEqual(cases.map(cleanPath), ["/a/c", "/", ".", "../a", "/", "a/b", "."]);
});
