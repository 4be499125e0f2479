import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import type { Reference } from "./reference.ts";
import {
  canonical,
  compareCanonical,
  familiar,
  isIdPrefix,
  parseAnyReference,
  parseReference,
  parseTagTarget,
  withDefaultTag,
  withDigest,
  withoutTag,
  withTag,
} from "./reference.ts";
import { parseDigest } from "./digest.ts";

const HEX = "0123456789abcdef".repeat(4);
const SHA256 = `sha256:${HEX}`;
const SHA512 = `sha512:${HEX}${HEX}`;

/** What was written, its canonical form, its familiar form. */
const names: readonly [string, string, string][] = [
  ["bb", "docker.io/library/bb", "bb"],
  ["bb:1", "docker.io/library/bb:1", "bb:1"],
  ["my/img:latest", "docker.io/my/img:latest", "my/img:latest"],
  ["docker.io/bb", "docker.io/library/bb", "bb"],
  ["index.docker.io/bb", "docker.io/library/bb", "bb"],
  ["docker.io/library/bb:X", "docker.io/library/bb:X", "bb:X"],
  ["library/a/b", "docker.io/library/a/b", "library/a/b"],
  ["localhost:5000", "docker.io/library/localhost:5000", "localhost:5000"],
  ["localhost/x", "localhost/x", "localhost/x"],
  ["localhost:5000/a/b:t", "localhost:5000/a/b:t", "localhost:5000/a/b:t"],
  ["a.b.c", "docker.io/library/a.b.c", "a.b.c"],
  ["UP/x", "UP/x", "UP/x"],
  ["UP.com:80/x", "UP.com:80/x", "UP.com:80/x"],
  ["[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x"],
  ["[::1]/x", "[::1]/x", "[::1]/x"],
  ["a_b.c/x", "a_b.c/x", "a_b.c/x"],
  ["a__b", "docker.io/library/a__b", "a__b"],
  ["a---b", "docker.io/library/a---b", "a---b"],
  [`bb@${SHA256}`, `docker.io/library/bb@${SHA256}`, `bb@${SHA256}`],
  [`bb:1@${SHA512}`, `docker.io/library/bb:1@${SHA512}`, `bb:1@${SHA512}`],
  [`docker.io/${HEX}`, `docker.io/library/${HEX}`, HEX],
  [`${HEX}:x`, `docker.io/library/${HEX}:x`, `${HEX}:x`],
  [`foo.com/${"a".repeat(255)}`, `foo.com/${"a".repeat(255)}`, `foo.com/${"a".repeat(255)}`],
];

const lowercase = (name: string): string => `invalid reference format: repository name (${name}) must be lowercase`;

const refusals: readonly [string, string][] = [
  ...["", " ", "-x", "a//b", "bb:", "bb:1:2", "a b", "bb@", "bb@sha256:abc", "a..b", "a-_b", "a_b___c", "x:y@z", "x@y/z", "é"].map(
    (text): [string, string] => [text, "invalid reference format"],
  ),
  ...["docker.io/", "localhost/", "foo.com/", "/x", "x/", "-a.com/x", "[::1/x", "a:b:c/x", `x:${"a".repeat(129)}`, "x\n"].map(
    (text): [string, string] => [text, "invalid reference format"],
  ),
  [`x@sha256:${"z".repeat(64)}`, "invalid reference format"],
  ["UP", lowercase("library/UP")],
  ["X:y", lowercase("library/X")],
  ["É", lowercase("library/É")],
  ["a/Up", lowercase("a/Up")],
  ["UP/X", lowercase("X")],
  ["foo:80/UP:x", lowercase("UP")],
  [`SHA256:${HEX}`, lowercase("library/SHA256")],
  [HEX, `invalid repository name (${HEX}), cannot specify 64-byte hexadecimal strings`],
  ["a".repeat(256), "repository name must not be more than 255 characters"],
  [`docker.io/${"a".repeat(250)}`, "repository name must not be more than 255 characters"],
  [`foo.com/${"a".repeat(256)}`, "repository name must not be more than 255 characters"],
  [`x@foo:${HEX}`, "unsupported digest algorithm"],
  [`x@constructor:${HEX}`, "unsupported digest algorithm"],
  [`x@sha512:${HEX}`, "invalid checksum digest length"],
  [`x@sha256:${HEX}ab`, "invalid checksum digest length"],
  [`x@sha256:${HEX.toUpperCase()}`, "invalid checksum digest format"],
];

describe("parseReference()", () => {
  for (const [text, canonicalForm, familiarForm] of names) {
    it(`reads ${JSON.stringify(text.slice(0, 40))} as ${canonicalForm.slice(0, 60)}`, () => {
      const reference = parseReference(text);
      assert.equal(canonical(reference), canonicalForm);
      assert.equal(familiar(reference), familiarForm);
      assert.equal(reference.repository, `${reference.domain}/${reference.path}`);
      assert.ok(Object.isFrozen(reference));
    });
  }

  for (const [text, message] of refusals) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))} with ${JSON.stringify(message.slice(0, 60))}`, () => {
      assert.throws(() => parseReference(text), { kind: "invalid-argument", message });
    });
  }

  it("throws nothing but invalid-argument, whatever the text", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."aZ0._-:/@[]") }));
    fc.assert(fc.property(text, (written) => isReadOrRefused(written)));
  });

  it("takes bounded time on texts made to backtrack", () => {
    const started = performance.now();
    for (const seed of ["a-", "a__", "a_", "a.", "a/", "[:", "a:", "-", "_", "A.b-", "a+"]) {
      for (const end of ["", "!", "/x", "/!", "@sha256:", ":"]) isReadOrRefused(seed.repeat(50_000) + end);
      for (const end of ["", "!", "/x!", `@${"a.".repeat(500)}!`]) isReadOrRefused(seed.repeat(1000) + end);
    }
    assert.ok(performance.now() - started < 500);
  });
});

describe("canonical()", () => {
  it("is read back as the same reference", () => {
    fc.assert(fc.property(references(), (reference) => assert.deepEqual(parseReference(canonical(reference)), reference)));
  });
});

describe("familiar()", () => {
  it("is read back as the same reference unless a Docker Hub user looks like a registry", () => {
    fc.assert(
      fc.property(references(), (reference) => {
        const [first = ""] = reference.path.split("/", 1);
        fc.pre(reference.domain !== "docker.io" || !(first === "localhost" || first.includes(".")));
        assert.deepEqual(parseReference(familiar(reference)), reference);
      }),
    );
  });
});

describe("parseAnyReference()", () => {
  it("takes 64 hex digits and whole digests for digests", () => {
    assert.deepEqual(parseAnyReference(HEX), { kind: "digest", digest: SHA256 });
    assert.deepEqual(parseAnyReference(SHA256), { kind: "digest", digest: SHA256 });
    assert.deepEqual(parseAnyReference(SHA512), { kind: "digest", digest: SHA512 });
  });

  it("takes everything else for a name, short IDs and odd digests included", () => {
    for (const text of ["bb:1", "0123abcd", "sha256:0123", `sha512:${HEX}`]) {
      assert.deepEqual(parseAnyReference(text), { kind: "reference", reference: parseReference(text) });
    }
  });
});

describe("parseTagTarget()", () => {
  const targets: readonly [string, string | undefined, string][] = [
    ["x", undefined, "x:latest"],
    ["x", "", "x:latest"],
    ["x:y", undefined, "x:y"],
    ["x:y", "z", "x:z"],
    ["sha512", undefined, "sha512:latest"],
    ["foo/sha256", undefined, "foo/sha256:latest"],
    [`docker.io/${HEX}`, undefined, `${HEX}:latest`],
  ];
  for (const [repository, tag, expected] of targets) {
    it(`files ${repository} with tag ${tag} under ${expected}`, () => assert.equal(familiar(parseTagTarget(repository, tag)), expected));
  }

  const refused: readonly [string, string | undefined, string][] = [
    ["", "v", "invalid reference format"],
    ["x:-", "z", "invalid reference format"],
    [`x@${SHA256}`, undefined, "cannot import digest reference"],
    [`x@${SHA256}`, "-", "cannot import digest reference"],
    ["x", SHA256, "invalid tag format"],
    ["x", "-a", "invalid tag format"],
    ["sha256", "-a", "invalid tag format"],
    ["sha256", undefined, "refusing to create an ambiguous tag using digest algorithm as name"],
    ["docker.io/library/sha256", "v", "refusing to create an ambiguous tag using digest algorithm as name"],
    [HEX, undefined, `invalid repository name (${HEX}), cannot specify 64-byte hexadecimal strings`],
  ];
  for (const [repository, tag, message] of refused) {
    it(`refuses ${repository.slice(0, 30)} with tag ${tag?.slice(0, 10)}: ${message.slice(0, 50)}`, () => {
      assert.throws(() => parseTagTarget(repository, tag), { kind: "invalid-argument", message });
    });
  }
});

it("withDefaultTag() adds latest only where there is neither tag nor digest", () => {
  assert.equal(familiar(withDefaultTag(parseReference("x"))), "x:latest");
  assert.equal(familiar(withDefaultTag(parseReference("x:1"))), "x:1");
  assert.equal(familiar(withDefaultTag(parseReference(`x@${SHA256}`))), `x@${SHA256}`);
});

it("withTag(), withDigest() and withoutTag() change that part alone", () => {
  const reference = withDigest(withTag(parseReference("x:1"), "2"), parseDigest(SHA256));
  assert.equal(familiar(reference), `x:2@${SHA256}`);
  assert.deepEqual(withoutTag(reference), parseReference("x"));
});

it("compareCanonical() sorts as Docker lists names", () => {
  const sorted = ["localhost:5000/a:1", "my/img:latest", "quiet:latest", "other:2"].map(parseReference).sort(compareCanonical);
  assert.deepEqual(sorted.map(familiar), ["other:2", "quiet:latest", "my/img:latest", "localhost:5000/a:1"]);
});

it("isIdPrefix() knows what may be a shortened ID", () => {
  for (const text of ["a", "0123456789ab", HEX, SHA256, "sha256:a"]) assert.ok(isIdPrefix(text), text);
  for (const text of ["", "sha256:", "g", "A", `${HEX}a`, "sha512:a", "a\n"]) assert.ok(!isIdPrefix(text), text);
});

function isReadOrRefused(text: string): boolean {
  try {
    return Object.isFrozen(parseReference(text));
  } catch (error) {
    return isEngineError(error, "invalid-argument");
  }
}

function references(): fc.Arbitrary<Reference> {
  const component = fc.stringMatching(/^[a-z0-9]{1,4}(?:(?:[._]|__|-{1,3})[a-z0-9]{1,3}){0,2}$/);
  const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const domain = fc.oneof(
    fc.constantFrom("docker.io", "localhost", "[::1]:5000", "Reg/"),
    fc.stringMatching(/^[a-z0-9]{1,5}\.[A-Z]{2,3}(?::[0-9]{1,4})?$/),
  );
  const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}$/);
  return fc
    .record({ domain, path, tag: fc.option(tag), digest: fc.constantFrom(undefined, SHA256, SHA512) })
    .map(({ domain: host, path: rest, tag: label, digest }) =>
      parseReference(`${host.replace(/\/$/, "")}/${rest}${label === null ? "" : `:${label}`}${digest === undefined ? "" : `@${digest}`}`),
    );
}
