import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import type { Platform } from "./descriptor.ts";
import { formatPlatform, hostPlatform, normalizePlatform, parsePlatform } from "./platform.ts";

const HOST = hostPlatform("linux", "x64");
const OS_RULE = '"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$"';

/** What was written, and what Docker prints for it on linux/amd64. */
const specifiers: readonly [string, string][] = [
  ["linux", "linux/amd64"],
  ["macOS", "darwin/amd64"],
  ["amd64", "linux/amd64"],
  ["x86_64", "linux/amd64"],
  ["arm64", "linux/arm64"],
  ["arm", "linux/arm"],
  ["armhf", "linux/arm"],
  ["armel", "linux/arm/v6"],
  ["LINUX/AMD64", "linux/amd64"],
  ["linux/aarch64", "linux/arm64"],
  ["linux/arm64/v8", "linux/arm64/v8"],
  ["linux/arm64/v9.0", "linux/arm64/v9"],
  ["linux/arm/7", "linux/arm/v7"],
  ["linux/arm/v6", "linux/arm/v6"],
  ["linux/amd64/v1", "linux/amd64"],
  ["linux/amd64/v3", "linux/amd64/v3"],
  ["linux/i386/any", "linux/386"],
  ["some/thing", "some/thing"],
  ["windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"],
  ["windows(10.0.17763+win32k)/amd64", "windows(10.0.17763+win32k)/amd64"],
  ["linux(+b+a)/amd64", "linux(+a+b)/amd64"],
  ["linux()/amd64", "linux/amd64"],
];

const refusals: readonly [string, string][] = [
  ["*", '"*": wildcards not yet supported'],
  ["linux/*", '"linux/*": wildcards not yet supported'],
  ["bogus", '"bogus": unknown operating system or architecture'],
  ["constructor", '"constructor": unknown operating system or architecture'],
  ["a/b/c/d", '"a/b/c/d": cannot parse platform specifier'],
  ["a/b/c/d/e", '"d/e" is an invalid component of "a/b/c/d/e": platform specifier component must match "^[A-Za-z0-9_.-]+$"'],
  ["linux/", '"" is an invalid component of "linux/": platform specifier component must match "^[A-Za-z0-9_.-]+$"'],
  ["linux//v1", '"" is an invalid component of "linux//v1": platform specifier component must match "^[A-Za-z0-9_.-]+$"'],
  ["a b", `"a b" is an invalid OS component of "a b": OSAndVersion specifier component must match ${OS_RULE}`],
  ["/", `"" is an invalid OS component of "/": OSAndVersion specifier component must match ${OS_RULE}`],
  ["windows(10.0", `"windows(10.0" is an invalid OS component of "windows(10.0": OSAndVersion specifier component must match ${OS_RULE}`],
];

describe("parsePlatform()", () => {
  for (const [text, expected] of specifiers) {
    it(`reads ${text} as ${expected}`, () => assert.equal(formatPlatform(parsePlatform(text, HOST)), expected));
  }

  for (const [text, message] of refusals) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parsePlatform(text, HOST), { kind: "invalid-argument", message: `${message}: invalid argument` });
    });
  }

  it("refuses a broken escape in an OS version", () => {
    assert.throws(() => parsePlatform("windows(10%zz)/amd64", HOST), {
      message: '"windows(10%zz)/amd64" has an invalid OS version "10%zz": invalid URL escape "%zz"',
    });
  });

  it("fills in the host's architecture, without the variant that goes without saying", () => {
    assert.deepEqual(parsePlatform("linux", hostPlatform("linux", "arm")), { os: "linux", architecture: "arm" });
    assert.deepEqual(parsePlatform("linux", hostPlatform("linux", "arm64")), { os: "linux", architecture: "arm64" });
  });

  it("reads what formatPlatform() writes", () => {
    fc.assert(
      fc.property(platforms(), (platform) => {
        assert.deepEqual(normalizePlatform(parsePlatform(formatPlatform(platform), HOST)), platform);
      }),
    );
  });

  it("throws nothing but invalid-argument, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."av7/()+%*.-") })), (text) => {
        try {
          return Object.isFrozen(parsePlatform(text, HOST));
        } catch (error) {
          return isEngineError(error, "invalid-argument");
        }
      }),
    );
  });
});

describe("normalizePlatform()", () => {
  const cases: readonly [string, string][] = [
    ["macos/x86-64/V1", "darwin/amd64/"],
    ["Linux/AArch64/v8.0", "linux/arm64/"],
    ["linux/arm64/9.0", "linux/arm64/v9"],
    ["linux/arm/", "linux/arm/v7"],
    ["linux/arm/8", "linux/arm/v8"],
    ["linux/armhf/v5", "linux/arm/v7"],
    ["linux/armel/", "linux/arm/v6"],
    ["linux/i386/v4", "linux/386/"],
    ["unknown/unknown/", "unknown/unknown/"],
    ["//", "//"],
  ];
  for (const [given, expected] of cases) {
    it(`spells ${given} as ${expected}`, () => assert.deepEqual(normalizePlatform(platformOf(given)), platformOf(expected)));
  }

  it("changes nothing that it has once changed", () => {
    fc.assert(fc.property(platforms(), (platform) => assert.deepEqual(normalizePlatform(platform), platform)));
  });

  it("sorts features and drops repeated ones", () => {
    const { "os.features": features } = normalizePlatform({ ...platformOf("linux/amd64/"), "os.features": ["b", "a", "b"] });
    assert.deepEqual(features, ["a", "b"]);
  });
});

describe("hostPlatform()", () => {
  const hosts: readonly [string, string, string][] = [
    ["linux", "x64", "linux/amd64"],
    ["darwin", "arm64", "linux/arm64"],
    ["win32", "ia32", "linux/386"],
    ["linux", "arm", "linux/arm/v7"],
    ["freebsd", "riscv64", "freebsd/riscv64"],
  ];
  for (const [os, architecture, expected] of hosts) {
    it(`is ${expected} for Node's ${os} and ${architecture}`, () => assert.equal(formatPlatform(hostPlatform(os, architecture)), expected));
  }
});

function platformOf(text: string): Platform {
  const [os = "", architecture = "", variant = ""] = text.split("/");
  return { os, architecture, ...(variant !== "" && { variant }) };
}

function platforms(): fc.Arbitrary<Platform> {
  const option = fc.string({ unit: fc.constantFrom(..."a1.%+()/"), minLength: 1, maxLength: 6 });
  return fc
    .record(
      {
        os: fc.constantFrom("linux", "Windows", "macos"),
        architecture: fc.constantFrom("amd64", "x86_64", "arm", "armel", "arm64", "s390x"),
        variant: fc.constantFrom("v1", "v3", "v6", "7", "v8", "v9.1"),
        "os.version": option,
        "os.features": fc.array(option, { maxLength: 3 }),
      },
      { requiredKeys: ["os", "architecture"] },
    )
    .map(normalizePlatform);
}
