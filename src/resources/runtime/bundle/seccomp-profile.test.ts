import assert from "node:assert/strict";
import { test } from "node:test";
import { readSeccompProfile } from "./seccomp-profile.ts";

const FACTS = { architecture: "amd64", capabilities: ["CAP_CHOWN"], kernel: "6.1.0-10-amd64" };

function namesOf(...rules: readonly object[]): unknown {
  const profile = readSeccompProfile(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls: rules }), FACTS);
  return "syscalls" in profile && Array.isArray(profile.syscalls)
    ? profile.syscalls.map((rule: { names: string[] }) => rule.names.join())
    : [];
}

const RULES = [
  [{ names: ["a", "b"] }, ["a,b"]],
  [{ name: "a" }, ["a"]],
  [{ names: ["a"], includes: { caps: ["CAP_CHOWN"] } }, ["a"]],
  [{ names: ["a"], includes: { caps: ["CAP_CHOWN", "CAP_BPF"] } }, []],
  [{ names: ["a"], excludes: { caps: ["CAP_BPF", "CAP_CHOWN"] } }, []],
  [{ names: ["a"], includes: { arches: ["amd64", "x32"] } }, ["a"]],
  [{ names: ["a"], includes: { arches: ["arm64"] } }, []],
  [{ names: ["a"], excludes: { arches: ["amd64"] } }, []],
  [{ names: ["a"], includes: { minKernel: "4.8" } }, ["a"]],
  [{ names: ["a"], includes: { minKernel: "6.2" } }, []],
  [{ names: ["a"], excludes: { minKernel: "6.1" } }, []],
  [{ names: ["a"], includes: null, excludes: {} }, ["a"]],
] as const;

for (const [rule, names] of RULES) {
  test(`what counts of ${JSON.stringify(rule)}`, () => assert.deepEqual(namesOf({ action: "SCMP_ACT_ALLOW", ...rule }), names));
}

test("the machine's own architecture and what runs on it is taken of a map", () => {
  const archMap = [
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] },
  ];
  const profile = readSeccompProfile(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1, archMap }), FACTS);
  const architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"];
  assert.deepEqual(profile, { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1, architectures, syscalls: [] });
});

const BAD = [
  ["{", /^Decoding seccomp profile failed: /],
  ["[]", /^Decoding seccomp profile failed: /],
  ['{"architectures":["a"],"archMap":[{"architecture":"b"}]}', /^both 'architectures' and 'archMap' are specified/],
  ['{"syscalls":[{"name":"a","names":["b"]}]}', /^both 'name' and 'names' are specified/],
] as const;

for (const [text, message] of BAD) {
  test(`no profile: ${text}`, () => assert.throws(() => readSeccompProfile(text, FACTS), { kind: "invalid-argument", message }));
}
