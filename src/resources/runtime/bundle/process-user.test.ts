import assert from "node:assert/strict";
import { test } from "node:test";
import { isEngineError } from "#errors";
import { resolveUser } from "./process-user.ts";

const TABLES = {
  passwd: [
    "# users",
    "root:x:0:0:root:/root:/bin/sh",
    "",
    "bob:x:1000:1001:Bob:/home/bob:/bin/sh",
    "1005:x:7:8::/:",
    "broken:x:no:number::/:",
    "cut:x",
  ].join("\n"),
  group: ["root:x:0:root", "bobs:x:1001:", "wheel:x:10:alice,bob", "docker:x:998:bob", "77:x:5:", "bad:x:-1:bob"].join("\n"),
};
const NONE = { passwd: undefined, group: undefined };

const RESOLVED = [
  ["", { uid: 0, gid: 0, additionalGids: [0] }],
  ["root", { uid: 0, gid: 0, additionalGids: [0] }],
  ["bob", { uid: 1000, gid: 1001, additionalGids: [1001, 10, 998] }],
  ["1000", { uid: 1000, gid: 1001, additionalGids: [1001, 10, 998] }],
  ["bob:wheel", { uid: 1000, gid: 10, additionalGids: [10] }],
  ["bob:77", { uid: 1000, gid: 5, additionalGids: [5] }],
  ["4711", { uid: 4711, gid: 0, additionalGids: [0] }],
  ["4711:4712", { uid: 4711, gid: 4712, additionalGids: [4712] }],
  // A name of digits is a name first.
  ["1005", { uid: 7, gid: 8, additionalGids: [8] }],
  ["bob:", { uid: 1000, gid: 1001, additionalGids: [1001, 10, 998] }],
  [":wheel", { uid: 0, gid: 10, additionalGids: [10] }],
] as const;

for (const [text, user] of RESOLVED) {
  test(`USER ${text === "" ? "(nothing)" : text} is ${user.uid}:${user.gid}`, () => {
    assert.deepEqual(resolveUser(text, TABLES), user);
  });
}

test("numbers need no tables", () => {
  assert.deepEqual(resolveUser("12:34", NONE), { uid: 12, gid: 34, additionalGids: [34] });
  assert.deepEqual(resolveUser("", NONE), { uid: 0, gid: 0, additionalGids: [0] });
});

const REFUSED = [
  ["nobody", "not-found", "unable to find user nobody: no matching entries in passwd file"],
  ["broken", "not-found", "unable to find user broken: no matching entries in passwd file"],
  ["bob:nogroup", "not-found", "unable to find group nogroup: no matching entries in group file"],
  ["99999999999", "invalid-argument", "uids and gids must be in range 0-2147483647"],
  ["0:2147483648", "invalid-argument", "uids and gids must be in range 0-2147483647"],
  ["-1", "invalid-argument", "uids and gids must be in range 0-2147483647"],
] as const;

for (const [text, kind, message] of REFUSED) {
  test(`USER ${text} is refused in Docker's words`, () => {
    assert.throws(
      () => resolveUser(text, TABLES),
      (error) => isEngineError(error, kind) && error.message === message,
    );
  });
}
