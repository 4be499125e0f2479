import assert from "node:assert/strict";
import { test } from "node:test";
import { parseGitSource, sourceKind } from "./index.ts";
import type { GitSource } from "./index.ts";

const EXAMPLE = { remote: "https://example.com/x.git", scheme: "https", host: "example.com" } as const;
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

const PARSED: readonly (readonly [text: string, GitSource])[] = [
  ["https://example.com/x.git", EXAMPLE],
  ["HTTPS://Example.com/x.git", EXAMPLE],
  ["https://example.com/x.git#", EXAMPLE],
  ["https://example.com/x.git#main", { ...EXAMPLE, ref: "main" }],
  ["https://example.com/x.git#main:docker", { ...EXAMPLE, ref: "main", subdir: "docker" }],
  ["https://example.com/x.git#:docker/a", { ...EXAMPLE, subdir: "docker/a" }],
  ["https://example.com/x.git#main:", { ...EXAMPLE, ref: "main" }],
  ["https://example.com/x.git#pull/42/head", { ...EXAMPLE, ref: "pull/42/head" }],
  ["https://example.com/x.git#v1%2B2", { ...EXAMPLE, ref: "v1+2" }],
  [`https://example.com/x.git#${COMMIT}`, { ...EXAMPLE, ref: COMMIT }],
  ["https://example.com/x.git?ref=main&subdir=a", { ...EXAMPLE, ref: "main", subdir: "a" }],
  ["https://example.com/x.git?branch=main", { ...EXAMPLE, ref: "refs/heads/main" }],
  ["https://example.com/x.git?tag=refs/tags/v1", { ...EXAMPLE, ref: "refs/tags/v1" }],
  ["https://example.com/x.git?ref=main#main:a", { ...EXAMPLE, ref: "main", subdir: "a" }],
  ["https://example.com/x.git?tag=v1&commit=0123456", { ...EXAMPLE, ref: "refs/tags/v1", checksum: "0123456" }],
  [`https://example.com/x.git?checksum=${COMMIT}`, { ...EXAMPLE, ref: COMMIT, checksum: COMMIT }],
  ["https://example.com/x.git?keep-git-dir&submodules=false", { ...EXAMPLE, keepsGitDir: true, submodules: false }],
  ["https://me:a%40b@example.com/x.git", { ...EXAMPLE, credentials: { username: "me", password: "a@b" } }],
  ["https://token@example.com/x.git", { ...EXAMPLE, credentials: { username: "token", password: "" } }],
  ["http://example.com:8080/x.git", { remote: "http://example.com:8080/x.git", scheme: "http", host: "example.com:8080" }],
  ["http://[::1]:80/x.git", { remote: "http://[::1]:80/x.git", scheme: "http", host: "[::1]:80" }],
  ["git://example.com/x", { remote: "git://example.com/x", scheme: "git", host: "example.com" }],
  ["ssh://git@example.com:22/x", { remote: "ssh://git@example.com:22/x", scheme: "ssh", host: "example.com:22" }],
  ["git@example.com:me/x.git#main", { remote: "git@example.com:me/x.git", scheme: "ssh", host: "example.com", ref: "main" }],
  ["github.com/me/x#main:a", { remote: "https://github.com/me/x", scheme: "https", host: "github.com", ref: "main", subdir: "a" }],
];

test("parseGitSource() reads every way of naming a repository", () => {
  for (const [text, source] of PARSED) assert.deepEqual(parseGitSource(text), source, text);
});

const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
  ["https://example.com/x.git#--upload-pack=touch", /^invalid refspec: --upload-pack=touch$/],
  ["https://example.com/x.git?ref=-x", /^invalid refspec: -x$/],
  ["https://example.com/x.git#a..b", /^invalid refspec/],
  ["https://example.com/x.git#a%00b", /^invalid refspec/],
  ["https://example.com/x.git#refs/heads/*", /^invalid refspec/],
  ["https://example.com/x.git#%zz", /broken escape$/],
  ["https://example.com/x.git?depth=1", /^unexpected query "depth"$/],
  ["https://example.com/x.git?ref=", /^query "ref" has no value$/],
  ["https://example.com/x.git?ref=a&ref=b", /^query "ref" has multiple values$/],
  ["https://example.com/x.git?ref=a#b", /^ref conflicts: "b" vs "a"$/],
  ["https://example.com/x.git?tag=a&branch=b", /^branch conflicts with a tag$/],
  ["https://example.com/x.git?subdir=a#b:c", /^subdir conflicts: "c" vs "a"$/],
  ["https://example.com/x.git?checksum=xyz", /^invalid checksum "xyz" for a git source/],
  ["https://example.com/x.git?submodules=maybe", /^invalid submodules value "maybe"/],
  ["https://example.com/x.git\n#main", /space or control character$/],
  ["https://-example.com/x.git", /^invalid git repository/],
  ["https://example.com/-x.git", /^invalid git repository/],
  ["https:///x.git", /^invalid git repository/],
  ["ssh://-oProxyCommand=touch@example.com/x", /^invalid git repository/],
  ["ssh://-oProxyCommand=touch/x", /^invalid git repository/],
  ["git@-oProxyCommand=x:me/x", /^invalid git repository/],
  ["git@example.com:-x", /^invalid git repository/],
  ["-u@example.com:x", /^invalid git repository/],
  ["--upload-pack=touch", /^invalid git repository/],
  ["ext::sh -c touch% /tmp/x", /space or control character$/],
  ["ext::touch", /^invalid git repository/],
  ["file:///etc/x.git", /^invalid git repository/],
  ["/srv/x.git", /^invalid git repository/],
  ["https://me:secret@example.com/", /^invalid git repository "https:\/\/me:xxxxx@example\.com\/"/],
];

test("parseGitSource() refuses what git could misread, and does not repeat a password", () => {
  for (const [text, message] of REFUSED) assert.throws(() => parseGitSource(text), { kind: "invalid-argument", message }, text);
});

test("sourceKind() tells repositories from URLs and both from paths", () => {
  const kinds = [
    ["https://example.com/x.git", "git"],
    ["https://example.com/x.git#main:a", "git"],
    ["https://example.com/x.git?ref=main", "git"],
    ["git://example.com/x", "git"],
    ["ssh://git@example.com/x", "git"],
    ["git@example.com:x", "git"],
    ["github.com/me/x", "git"],
    ["https://example.com/x.tar", "url"],
    ["https://example.com/x?y=.git", "url"],
    ["http://example.com", "url"],
    ["x.git", undefined],
    ["file:///x.git", undefined],
    ["a@b/c:d", undefined],
  ] as const;
  for (const [text, kind] of kinds) assert.equal(sourceKind(text), kind, text);
});
