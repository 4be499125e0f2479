import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { split, streamOf } from "../fixtures/streams.ts";
import { BuildBench, cachedSteps } from "./build-bench.ts";
import { checkCases } from "./build-cases.ts";
import { tarOfFiles } from "./context-files.ts";
import type { Files } from "./context-files.ts";

const ALL = "FROM scratch\nCOPY . /";
/** Of a file, so that its context is not kept in memory. */
const BEYOND_MEMORY = "f".repeat(400_000);

/** Empty files; a name that ends in `/` is a directory. */
function namesToFiles(names: string): Files {
  return Object.fromEntries(names.split(" ").map((name) => [name, name.endsWith("/") ? {} : ""]));
}

describe(".dockerignore", () => {
  const rows: readonly (readonly [name: string, patterns: string, files: string, kept: string])[] = [
    [
      "136: names, suffixes, suffixes at every depth and directories",
      "pkg\n.gitignore\n.git\n*.md\n**/*.cc\ndir",
      "pkg/a .gitignore .git/HEAD README.md sub/README.md a.cc sub/deep/b.cc dir/c keep",
      "keep sub/ sub/README.md sub/deep/",
    ],
    [
      "137: what is taken back inside a directory comes with the directories it is in",
      "dir\n!dir/e*\n!dir/dir/foo",
      "dir/e dir/e-dir/foo dir/dir/foo dir/dir/bar dir/gone dir/xe-dir/foo",
      "dir/ dir/dir/ dir/dir/foo dir/e dir/e-dir/ dir/e-dir/foo",
    ],
    [
      "138: the last pattern counts, also in a directory that is left out",
      "dir\n**/*.cc\n!**/*.cc",
      "a.cc dir/b.cc dir/d b/c.cc e",
      "a.cc b/ b/c.cc dir/ dir/b.cc e",
    ],
    ["4.4: an example", "*.md\n!README.md\nd/*\n!d/keep\n**/x.log", "a.md README.md d/keep d/no d/x.log x.log", "README.md d/ d/keep"],
    ["142: *", "*", "a .b d/c", ""],
    ["142: **", "**", "a .b d/c", ""],
    ["142: **/", "**/", "a .b d/c", ""],
    ["142: **/**", "**/**", "a .b d/c", ""],
    ["143: .* is what begins with a dot", ".*", ".a .b/c d/.e f", "d/ d/.e f"],
    [
      "145: paths are cleaned",
      "./foo\ndir1//foo\n./dir1/../foo2\n/top",
      "foo foo2 dir1/foo dir1/bar top sub/top",
      "dir1/ dir1/bar sub/ sub/top",
    ],
    ["146: a hash begins a comment in the first column only", "#1\n  #2", "#1 #2 x", "#1 x"],
    ["146: blanks around, empty lines, line ends of both kinds", "  a  \r\n\r\n! b \r\n\tc", "a b c d", "b d"],
    ["147: a byte order mark is no part of a pattern", "\ufefffoo\nbar", "foo bar x", "x"],
    ["148: what is in a directory, without the directory", "dir1/dir3/**", "dir1/dir3/a dir1/dir3/b/c dir1/d", "dir1/ dir1/d dir1/dir3/"],
    [
      "148: one character, a question mark as itself, a dot as itself",
      "**/file?A\n**/file\\?B\n**/dir5/file.",
      "file1A d/fileXA file?B d/file?B file1B d/dir5/file. d/dir5/fileX",
      "d/ d/dir5/ d/dir5/fileX file1B",
    ],
    ["4.4: classes", "[a-c]x\n[^a-y]z", "ax bx dx az zz", "az dx"],
    ["4.4: case counts", "readme", "README readme", "README"],
    ["4.4: a pattern for what is below says nothing of a namesake", "d/*", "d/a dd/a", "d/ dd/ dd/a"],
  ];
  checkCases(
    "leaves out",
    rows.map(([name, patterns, files, kept]) => ({
      name,
      files: { ...namesToFiles(files), ".dockerignore": `${patterns}\nDockerfile\n.dockerignore` },
      text: ALL,
      makes: Object.fromEntries(
        kept
          .split(" ")
          .filter(Boolean)
          .map((path) => [path, path.endsWith("/") ? "0755 0:0" : "0644 0:0 "]),
      ),
    })),
  );

  checkCases("and the Dockerfile", [
    {
      name: "139, 140: both can be left out and are used all the same",
      files: { ".dockerignore": "Dockerfile\n.dockerignore", f: "f" },
      text: ALL,
      makes: { f: "0644 0:0 f" },
    },
    {
      name: "141: only the one that is left out is absent",
      dockerfile: "MyDockerfile",
      files: { ".dockerignore": "MyDockerfile\n.dockerignore", MyDockerfile: ALL, Dockerfile: "other" },
      makes: { Dockerfile: "0644 0:0 other" },
    },
    {
      name: "144: ! alone",
      files: { ".dockerignore": "a\n!" },
      text: ALL,
      fails: 'illegal exclusion pattern: "!"',
    },
    { name: "4.4: a pattern that is none", files: { ".dockerignore": "[" }, text: ALL, fails: "syntax error in pattern" },
    {
      name: "4.4: a Dockerfile's own ignore file replaces that of the context",
      dockerfile: "build/Dockerfile.dev",
      files: {
        ".dockerignore": "keep",
        "build/Dockerfile.dev": ALL,
        "build/Dockerfile.dev.dockerignore": "build\n.dockerignore\ngone",
        gone: "",
        keep: "",
      },
      makes: { keep: "0644 0:0 " },
    },
    {
      name: "4.4: a source that is left out is missing",
      files: { ".dockerignore": "a.md", "a.md": "a" },
      text: "FROM scratch\nCOPY a.md /x",
      fails: "COPY failed: file not found in build context or excluded by .dockerignore: stat a.md: file does not exist",
    },
    {
      name: "4.4: wildcards and --parents do not see what is left out",
      files: { ".dockerignore": "**/*.md", "a.md": "a", "a.go": "g", "d/b.md": "b", "d/b.go": "h" },
      text: "FROM scratch\nCOPY a.* /x/\nCOPY --parents **/b.* /y/",
      makes: { "x/": "0755 0:0", "x/a.go": "0644 0:0 g", "y/": "0755 0:0", "y/d/": "0755 0:0", "y/d/b.go": "0644 0:0 h" },
    },
    {
      name: "4.4: nothing is left out of a stage",
      files: { ".dockerignore": "f" },
      text: "FROM scratch AS a\nCOPY <<EOF /f\nf\nEOF\nFROM scratch\nCOPY --from=a f /",
      makes: { f: "0644 0:0 f\n" },
    },
    {
      name: "4.4: a link to what is left out leads nowhere",
      files: { ".dockerignore": "secret", secret: "s", link: { link: "secret" } },
      text: "FROM scratch\nCOPY link /x",
      fails: "COPY failed: file not found in build context or excluded by .dockerignore: stat link: file does not exist",
    },
  ]);

  test("139: a change of a Dockerfile that is left out changes nothing for COPY", async () => {
    await using bench = await BuildBench.open();
    const files = { ".dockerignore": "Dockerfile", f: "f" };
    await bench.build({ files, text: `# one\n${ALL}` });
    const { events } = await bench.build({ files, text: `# two\n${ALL}` });
    assert.deepEqual(cachedSteps(events), [2]);
  });
});

const SENT = await tarOfFiles({ Dockerfile: "FROM scratch\nCOPY f /", f: "f" });
const MADE = { f: "0644 0:0 f" };

checkCases("a context", [
  { name: "149: as a plain tar", archive: SENT, makes: MADE },
  { name: "149: in gzip", archive: gzipSync(SENT), makes: MADE },
  { name: "149: in zstd", archive: zstdCompressSync(SENT), makes: MADE },
  { name: "150: with nothing but a Dockerfile", text: "FROM scratch\nLABEL a=b", makes: {} },
  {
    name: "151: dockerfile in lower case",
    files: { dockerfile: "FROM scratch\nCOPY dockerfile /x" },
    makes: { x: "0644 0:0 FROM scratch\nCOPY dockerfile /x" },
  },
  {
    name: "151: of both, Dockerfile",
    files: { dockerfile: "nonsense" },
    text: "FROM scratch\nCOPY dockerfile /x",
    makes: { x: "0644 0:0 nonsense" },
  },
  { name: "152: without a Dockerfile", files: { f: "f" }, fails: "Cannot locate specified Dockerfile: Dockerfile" },
  {
    name: "152: without the Dockerfile that was asked for",
    dockerfile: "sub/X",
    text: ALL,
    fails: "Cannot locate specified Dockerfile: sub/X",
  },
  { name: "152: with a directory for a Dockerfile", files: { "Dockerfile/": {} }, fails: "Cannot locate specified Dockerfile: Dockerfile" },
  { name: "4.3: an empty Dockerfile", text: "", fails: "the Dockerfile (Dockerfile) cannot be empty" },
  { name: "4.3: a Dockerfile outside", dockerfile: "../x", text: ALL, fails: "forbidden path outside the build context: ../x ()" },
  {
    name: "4.3: a Dockerfile behind a link, which leads nowhere outside",
    dockerfile: "sub/Dockerfile",
    files: { "sub/Dockerfile": { link: "../../../real" }, real: "FROM scratch\nCOPY real /" },
    makes: { real: "0644 0:0 FROM scratch\nCOPY real /" },
  },
  { name: "4.2: empty", archive: Buffer.alloc(0), fails: "Cannot locate specified Dockerfile: Dockerfile" },
  { name: "4.2: that is no tar", archive: Buffer.alloc(2000, "x"), fails: "archive/tar: invalid tar header" },
  { name: "4.2: that is too short for a tar", archive: Buffer.from("hello"), fails: "unexpected EOF" },
  { name: "4.2: that is cut off", archive: SENT.subarray(0, 1100), fails: "unexpected EOF" },
  { name: "4.2: that is cut off in its compression", archive: gzipSync(SENT).subarray(0, 100), fails: "unexpected EOF" },
  {
    name: "4.2: of which the last entry of a name counts",
    files: { "./Dockerfile": "FROM scratch\nCOPY f /", f: "1", "./f": "2" },
    makes: { f: "0644 0:0 2" },
  },
]);

checkCases("# syntax=", [
  ...["docker/dockerfile:1", "docker.io/docker/dockerfile:1.7-labs", "mirror.example/docker/dockerfile-upstream:master"].map((image) => ({
    name: `187: ${image} is the language that is built in, and no registry is asked`,
    files: { f: "f" },
    text: `# syntax=${image}\nFROM scratch\nCOPY --parents f /`,
    makes: { f: "0644 0:0 f" },
  })),
  {
    name: "187: another frontend is not fetched",
    text: "# syntax=example/frontend\nFROM scratch\nLABEL a=b",
    fails: "failed to resolve source metadata for docker.io/example/frontend:latest: external frontends are not supported",
  },
]);

test("155: nothing of a context stays, whether its build succeeds or fails", async () => {
  await using bench = await BuildBench.open();
  await bench.build({ text: ALL, files: { f: BEYOND_MEMORY } });
  await bench.fail({ text: `${ALL}\nCOPY nope /`, files: { g: BEYOND_MEMORY } });
  const whole = await tarOfFiles({ Dockerfile: ALL, f: BEYOND_MEMORY });
  await bench.fail({ archive: whole.subarray(0, whole.byteLength - 100_000) });
  assert.deepEqual(await readdir(join(bench.engine.dataRoot, "ingest")), []);
});

test("a context is the same in however many pieces it comes, in memory or not", async () => {
  await using bench = await BuildBench.open();
  for (const f of ["f".repeat(20_000), BEYOND_MEMORY]) {
    const tar = await tarOfFiles({ Dockerfile: ALL, f });
    const { diffIds } = await bench.build({ archive: tar });
    for (const size of [15, 1000, 200_000]) {
      const built = await bench.build({ archive: streamOf(split(tar, size)) });
      assert.deepEqual([built.diffIds, cachedSteps(built.events)], [diffIds, [2]]);
    }
  }
});
