import { checkCases } from "./build-cases.ts";

const ZEROS = "0".repeat(64);
const parsed = (text: string, fails: string) => ({ name: `18-35: ${JSON.stringify(text)}`, text, fails });

checkCases("a file that is no Dockerfile", [
  parsed("", "the Dockerfile (Dockerfile) cannot be empty"),
  parsed("# nothing\n\n", "failed to parse Dockerfile: file with no instructions"),
  parsed("RUN x", "no build stage in current context"),
  parsed("ARG x=1", "dockerfile contains no stages to build"),
  parsed("\n\nFROM scratch\n\n\nNOINSTRUCTION x", "dockerfile parse error on line 6: unknown instruction: NOINSTRUCTION"),
  parsed("FROM scratch\nONBUILD", "dockerfile parse error on line 2: ONBUILD requires at least one argument"),
  parsed("FROM scratch\nENV =", "dockerfile parse error on line 2: ENV names can not be blank"),
  parsed("FROM scratch\nENV a=b c", 'failed to parse Dockerfile: Syntax error - can\'t find = in "c". Must be of the form: name=value'),
  parsed(
    'FROM scratch\nCMD ["a", 1]',
    "failed to parse Dockerfile: when using JSON array syntax, arrays must be comprised of strings only",
  ),
  parsed("FROM scratch\nCOPY --foo=x a b", "dockerfile parse error on line 2: unknown flag: --foo (did you mean from?)"),
  parsed("FROM scratch\nRUN <<EOF\nx", "failed to parse Dockerfile: unterminated heredoc"),
  parsed("# escape=x\nFROM scratch", "failed to parse Dockerfile: invalid escape token 'x' does not match ` or \\"),
  parsed("FROM a b", "dockerfile parse error on line 1: FROM requires either one or three arguments"),
]);

checkCases("heredocs and names", [
  {
    name: "26: files of every kind",
    text: 'FROM scratch\nENV V=1\nCOPY <<A <<"B" <<-C /d/\n$V "q" \\$V\nA\n$V\nB\n\t\tx $V\n\tC',
    makes: { "d/": "0755 0:0", "d/A": '0644 0:0 1 "q" $V\n', "d/B": "0644 0:0 $V\n", "d/C": "0644 0:0 x 1\n" },
    history: ["ENV V=1", "COPY <<A <<B <<C /d/ # buildkit"],
  },
  {
    name: "27: no heredoc is a place",
    text: "FROM scratch\nCOPY x <<EOF\nEOF",
    fails: "dockerfile parse error on line 2: COPY cannot accept a heredoc as a destination",
  },
  {
    name: "names that mean something elsewhere",
    text: "FROM scratch\nENV __proto__=1 constructor=2\nLABEL __proto__=$__proto__ toString=$toString\nVOLUME __proto__\nARG hasOwnProperty\nENV x=$hasOwnProperty",
    labels: { valueOf: "3" },
    config: {
      Env: ["__proto__=1", "constructor=2", "x="],
      Labels: JSON.parse('{"__proto__":"1","toString":"","valueOf":"3"}') as object,
      Volumes: JSON.parse('{"__proto__":{}}') as object,
    },
  },
]);

checkCases("directives", [
  {
    name: "7: another escape character",
    text: "# escape=`\nFROM scratch\nENV a=c:\\d b=`$a `\n  c=`\\",
    config: { Env: ["a=c:\\d", "b=$a", "c=\\"] },
  },
  { name: "10: too late", text: "FROM scratch\n# escape=`\nENV a=`b \\\n  c=\\$a", config: { Env: ["a=`b", "c=$a"] } },
  { name: "13: a mark of the byte order", text: "\ufeffFROM scratch\nENV a=b", config: { Env: ["a=b"] } },
  { name: "14: lines may end as they do elsewhere", text: "FROM scratch\r\nENV a=b \\\r\n  c=d\r\n", config: { Env: ["a=b", "c=d"] } },
  { name: "15: small letters", text: "from scratch as A\nenv a=b\nFrom a\nlabel c=d", config: { Env: ["a=b"], Labels: { c: "d" } } },
  ...[
    "# syntax=docker/dockerfile:1",
    "#syntax=docker/dockerfile",
    "# SyntaX = docker.io/docker/dockerfile:1.7-labs  ",
    "# syntax=docker/dockerfile-upstream:master",
    `# syntax=docker/dockerfile@sha256:${ZEROS}`,
    "# syntax=mirror.example:5000/hub/docker/dockerfile:1",
    "# syntax=docker/dockerfile:1 with=arguments",
    "#!/usr/bin/env build\n# syntax=docker/dockerfile:1",
  ].map((line) => ({ name: `187: ${JSON.stringify(line)} is built in`, text: `${line}\nFROM scratch\nENV a=b`, config: { Env: ["a=b"] } })),
  {
    name: "187: others are not",
    text: "# syntax=ghcr.io/foo/bar\nFROM scratch",
    fails: "failed to resolve source metadata for ghcr.io/foo/bar:latest: external frontends are not supported",
  },
  {
    name: "187: nor what is no name of an image",
    text: "# syntax=FOO\nFROM scratch",
    fails: "invalid context name FOO: invalid reference format: repository name (library/FOO) must be lowercase",
  },
  { name: "187: too late", text: "# a comment\n# syntax=ghcr.io/foo/bar\nFROM scratch\nENV a=b", config: { Env: ["a=b"] } },
  {
    name: "187: BUILDKIT_SYNTAX decides",
    text: "# syntax=ghcr.io/foo/bar\nFROM scratch\nENV a=b",
    buildArgs: { BUILDKIT_SYNTAX: "docker/dockerfile:1" },
    config: { Env: ["a=b"] },
    unconsumed: [],
  },
  {
    name: "187: against the built-in language, too",
    text: "# syntax=docker/dockerfile:1\nFROM scratch\nENV a=b",
    buildArgs: { BUILDKIT_SYNTAX: "ghcr.io/foo/bar:2" },
    fails: "failed to resolve source metadata for ghcr.io/foo/bar:2: external frontends are not supported",
  },
  {
    name: "187: and must say something",
    text: "FROM scratch\nENV a=b",
    buildArgs: { BUILDKIT_SYNTAX: "" },
    fails: "invalid context name : invalid reference format",
  },
]);
