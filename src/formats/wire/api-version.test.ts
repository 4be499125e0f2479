import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkApiVersion, compareApiVersions, splitApiVersion } from "./api-version.ts";

describe("compareApiVersions()", () => {
  const cases: readonly [string, "<" | "=" | ">", string][] = [
    ["1.9", "<", "1.24"],
    ["01.51", "=", "1.51"],
    ["1.51.1", ">", "1.51"],
    ["1.51.0", "=", "1.51"],
    ["1.51.", "=", "1.51"],
    ["1", "<", "1.24"],
    [".51", "<", "1.24"],
    ["1..51", "<", "1.24"],
    ["1.024", "=", "1.24"],
    ["99999999999999999999999.1", ">", "1.55"],
    ["...", "<", "1.24"],
  ];
  for (const [left, sign, right] of cases) {
    it(`finds ${left} ${sign} ${right}`, () => {
      const expected = sign === "=" ? 0 : sign === "<" ? -1 : 1;
      assert.equal(Math.sign(compareApiVersions(left, right)), expected);
      assert.equal(Math.sign(compareApiVersions(right, left)), 0 - expected);
    });
  }
});

describe("checkApiVersion()", () => {
  for (const version of ["1.24", "1.51", "1.55", "1.55.0", "01.30"]) {
    it(`serves ${version}`, () => assert.equal(checkApiVersion(version), undefined));
  }

  it("refuses what is too old and what is too new in Docker's words", () => {
    assert.throws(() => checkApiVersion("1.23"), {
      kind: "invalid-argument",
      message: "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version",
    });
    assert.throws(() => checkApiVersion("1.56"), {
      kind: "invalid-argument",
      message: "client version 1.56 is too new. Maximum supported API version is 1.55",
    });
  });
});

describe("splitApiVersion()", () => {
  const cases: readonly [string, string | undefined, string][] = [
    ["/v1.51/images/json", "1.51", "/images/json"],
    ["/v1/x", "1", "/x"],
    ["/v.../x", "...", "/x"],
    ["/images/json", undefined, "/images/json"],
    ["/vx/images/json", undefined, "/vx/images/json"],
    ["/v1.51", undefined, "/v1.51"],
    ["/v1.51x/y", undefined, "/v1.51x/y"],
    ["/version", undefined, "/version"],
  ];
  for (const [given, version, path] of cases) {
    it(`splits ${given}`, () => assert.deepEqual(splitApiVersion(given), { version, path }));
  }
});
