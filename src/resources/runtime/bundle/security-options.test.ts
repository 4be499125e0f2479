import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSecurityOptions } from "./security-options.ts";

const NOTHING = { hasNoNewPrivileges: false, seccomp: undefined, hasWritableCgroups: false };

const CASES = [
  [[], {}],
  [["no-new-privileges"], { hasNoNewPrivileges: true }],
  [["no-new-privileges=true"], { hasNoNewPrivileges: true }],
  [["no-new-privileges:1", "no-new-privileges:0"], {}],
  [["seccomp=unconfined"], { seccomp: "unconfined" }],
  [["seccomp:unconfined", "seccomp=builtin"], {}],
  [['seccomp={"a":"b=c"}'], { seccomp: { profile: '{"a":"b=c"}' } }],
  [["label=disable", "apparmor=mine", "label:type:t"], {}],
  [["writable-cgroups=true"], { hasWritableCgroups: true }],
] as const;

for (const [options, expected] of CASES) {
  test(`security options ${options.join(" ")}`, () => {
    assert.deepEqual(parseSecurityOptions(options), { ...NOTHING, ...expected });
  });
}

test("what is neither true nor false is refused in Docker's words", () => {
  assert.throws(() => parseSecurityOptions(["no-new-privileges=maybe"]), {
    message: 'invalid --security-opt 2: "no-new-privileges=maybe"',
  });
});
