import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Platform } from "./descriptor.ts";
import { bestPlatform, platformRanking, samePlatform } from "./platform-matcher.ts";

/** Wanted, then everything that serves it, best first. */
const rankings: readonly [string, string][] = [
  ["linux/amd64", "linux/amd64 linux/386"],
  ["linux/amd64/v3", "linux/amd64/v3 linux/amd64/v2 linux/amd64/v1 linux/386"],
  ["linux/386", "linux/386"],
  ["linux/arm", "linux/arm/v7 linux/arm/v6 linux/arm/v5"],
  ["linux/arm/v6", "linux/arm/v6 linux/arm/v5"],
  ["linux/arm/v8", "linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5"],
  ["linux/arm64", "linux/arm64/v8 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5"],
  ["linux/arm64/v8.2", "linux/arm64/v8.2 linux/arm64/v8.1 linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5"],
  [
    "linux/arm64/v9.1",
    "linux/arm64/v9.1 linux/arm64/v9 linux/arm64/v8.6 linux/arm64/v8.5 linux/arm64/v8.4 linux/arm64/v8.3 linux/arm64/v8.2 " +
      "linux/arm64/v8.1 linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
  ],
  ["linux/s390x", "linux/s390x"],
];

describe("platformRanking()", () => {
  for (const [wanted, expected] of rankings) {
    it(`ranks what runs on ${wanted}`, () => {
      const rankOf = platformRanking(platform(wanted));
      assert.deepEqual(
        expected.split(" ").map((one) => rankOf(platform(one))),
        expected.split(" ").map((_, index) => index),
      );
    });
  }

  const strangers: readonly [string, string][] = [
    ["linux/amd64", "linux/amd64/v2"],
    ["linux/amd64", "windows/amd64"],
    ["linux/386", "linux/amd64"],
    ["linux/arm/v6", "linux/arm/v7"],
    ["linux/arm64", "linux/arm64/v8.1"],
    ["linux/amd64", "unknown/unknown"],
    ["linux/amd64/v99999999", "linux/arm64"],
  ];
  for (const [wanted, candidate] of strangers) {
    it(`does not run ${candidate} on ${wanted}`, () => assert.equal(platformRanking(platform(wanted))(platform(candidate)), undefined));
  }

  it("takes an image that asks for fewer features, not one that asks for more", () => {
    const rankOf = platformRanking({ ...platform("linux/amd64"), "os.features": ["a", "b"] });
    assert.equal(rankOf({ ...platform("linux/amd64"), "os.features": ["b"] }), 0);
    assert.equal(rankOf({ ...platform("linux/amd64"), "os.features": ["b", "c"] }), undefined);
  });

  it("compares Windows by build and nothing else by version", () => {
    const withVersion = (text: string, version: string): Platform => ({ ...platform(text), "os.version": version });
    assert.ok(samePlatform(withVersion("windows/amd64", "10.0.17763.1"), withVersion("windows/amd64", "10.0.17763.99")));
    assert.ok(!samePlatform(withVersion("windows/amd64", "10.0.17763.1"), withVersion("windows/amd64", "10.0.20348.1")));
    assert.ok(samePlatform(platform("windows/amd64"), withVersion("windows/amd64", "10.0.20348.1")));
    assert.ok(samePlatform(withVersion("linux/amd64", "1"), withVersion("linux/amd64", "2")));
  });
});

describe("bestPlatform()", () => {
  const best = (wanted: string, ...candidates: (string | undefined)[]): number | undefined =>
    bestPlatform(
      candidates.keys(),
      (index) => {
        const text = candidates[index];
        return text === undefined ? undefined : platform(text);
      },
      platform(wanted),
    );

  it("prefers the closest, and the first of equals", () => {
    assert.equal(best("linux/amd64", "linux/386", "linux/amd64", "linux/x86_64", "linux/arm64"), 1);
    assert.equal(best("linux/amd64/v4", "linux/amd64", "linux/amd64/v2"), 1);
  });

  it("takes an item without a platform only when nothing else serves", () => {
    assert.equal(best("linux/amd64", undefined, "linux/386"), 1);
    assert.equal(best("linux/amd64", "linux/arm64", undefined, undefined), 1);
  });

  it("finds nothing where nothing serves", () => assert.equal(best("linux/amd64", "linux/arm64", "unknown/unknown"), undefined));
});

it("samePlatform() sees through spellings but not across variants", () => {
  assert.ok(samePlatform(platform("linux/aarch64/v8"), platform("linux/arm64")));
  assert.ok(samePlatform(platform("linux/arm"), platform("linux/arm/7")));
  assert.ok(!samePlatform(platform("linux/arm/v6"), platform("linux/arm/v7")));
  assert.ok(!samePlatform(platform("linux/386"), platform("linux/amd64")));
});

function platform(text: string): Platform {
  const [os = "", architecture = "", variant] = text.split("/");
  return { os, architecture, ...(variant !== undefined && { variant }) };
}
