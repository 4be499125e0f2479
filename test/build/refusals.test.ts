import assert from "node:assert/strict";
import { after, test } from "node:test";
import { rawEntry } from "../fixtures/raw-tar.ts";
import type { Files } from "./context-files.ts";
import { serveBuilds } from "./served-builds.ts";

const api = await serveBuilds();
after(() => api[Symbol.asyncDispose]());

const SOUND: Files = { Dockerfile: "FROM scratch AS one\nLABEL a=b\nFROM scratch AS two\nLABEL c=d\n" };
const NO_TAR = Buffer.from("not a tar");
const PLATFORM =
  '"!!" is an invalid OS component of "!!": OSAndVersion specifier component must match ' +
  '"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$": invalid argument';
const EARLY = "unexpected end of JSON input";
const NUMBER = 'strconv.ParseInt: parsing "x": invalid syntax';
const TAG = "invalid reference format: repository name (library/UP) must be lowercase";

interface Refusal {
  readonly query?: string;
  readonly context?: Files | Uint8Array;
  readonly version?: string;
  readonly status: number;
  readonly message: string;
}

const file = (text: string): Files => ({ Dockerfile: text });

const PARAMETERS: readonly Refusal[] = [
  { query: "securityopt=x", status: 400, message: "security options are not supported on linux" },
  { query: "securityopt=", status: 400, message: "security options are not supported on linux" },
  { query: "outputs=[", status: 400, message: `invalid outputs specified: ${EARLY}` },
  {
    query: "outputs={}",
    status: 400,
    message: "invalid outputs specified: json: cannot unmarshal object into Go value of type []build.ImageBuildOutput",
  },
  { query: "shmsize=x", status: 500, message: NUMBER },
  { query: "shmsize=99999999999999999999", status: 500, message: 'strconv.ParseInt: parsing "99999999999999999999": value out of range' },
  { query: "isolation=x", status: 400, message: 'unsupported isolation: "x"' },
  { query: "ulimits=[", status: 400, message: `error reading ulimit settings: ${EARLY}` },
  {
    query: "ulimits={}",
    status: 400,
    message: "error reading ulimit settings: json: cannot unmarshal object into Go value of type []*units.Ulimit",
  },
  {
    query: 'ulimits=[{"Name":"nofile","Soft":1.5}]',
    status: 400,
    message: 'error reading ulimit settings: expected {"Name": "nofile", "Soft": 1024, "Hard": 2048}, got {"Name":"nofile","Soft":1.5}',
  },
  { query: "buildargs={", status: 400, message: `error reading build args: ${EARLY}` },
  {
    query: "buildargs=[]",
    status: 400,
    message: "error reading build args: json: cannot unmarshal array into Go value of type map[string]*string",
  },
  {
    query: 'buildargs={"a":1}',
    status: 400,
    message: "error reading build args: json: cannot unmarshal number into Go value of type string",
  },
  { query: "labels={", status: 400, message: `error reading labels: ${EARLY}` },
  {
    query: "labels=[1]",
    status: 400,
    message: "error reading labels: json: cannot unmarshal array into Go value of type map[string]string",
  },
  { query: "cachefrom=[", status: 400, message: `error reading cache-from: ${EARLY}` },
  {
    query: "cachefrom={}",
    status: 400,
    message: "error reading cache-from: json: cannot unmarshal object into Go value of type []string",
  },
  { query: "version=3", status: 400, message: 'invalid version "3"' },
  { query: "version=x", status: 400, message: 'invalid version "x"' },
  {
    query: "networkmode=container:x",
    status: 400,
    message: 'network mode "container:x" not supported by slipway: expected default, none or host',
  },
  { query: "extrahosts=foo", status: 400, message: 'bad format for add-host: "foo"' },
  { query: "platform=!!", status: 400, message: PLATFORM },
  { query: "t=UP", status: 500, message: TAG },
  { query: "t=a:b:c", status: 500, message: "invalid reference format" },
  { query: `t=a@sha256:${"a".repeat(64)}`, status: 500, message: "build tag cannot contain a digest" },
  {
    query: `t=${"a".repeat(64)}`,
    status: 500,
    message: `invalid repository name (${"a".repeat(64)}), cannot specify 64-byte hexadecimal strings`,
  },
  { query: "target=zzz", status: 400, message: 'target stage "zzz" could not be found' },
  { query: "target=7", status: 400, message: 'target stage "7" could not be found' },
];

const CONTEXTS: readonly Refusal[] = [
  {
    context: file("FROM scratch\nFOO x\n"),
    status: 400,
    message: "dockerfile parse error on line 2: unknown instruction: FOO (did you mean FROM?)",
  },
  { context: file("FROM scratch\nXYZZY x\n"), status: 400, message: "dockerfile parse error on line 2: unknown instruction: XYZZY" },
  { context: file(""), status: 400, message: "the Dockerfile (Dockerfile) cannot be empty" },
  { context: file("# nothing\n"), status: 400, message: "failed to parse Dockerfile: file with no instructions" },
  { context: file("RUN x\n"), status: 400, message: "no build stage in current context" },
  // Docker ends without a word.
  { context: file("ARG x=1\n"), status: 400, message: "dockerfile contains no stages to build" },
  { context: file("FROM scratch\nCOPY <<EOF /x\nabc\n"), status: 400, message: "failed to parse Dockerfile: unterminated heredoc" },
  {
    context: file(`FROM scratch\nLABEL a=${"x".repeat(70_000)}\n`),
    status: 400,
    message: "failed to parse Dockerfile: dockerfile line greater than max allowed size of 65535",
  },
  { context: file("ARG X\nFROM $X\nLABEL a=b\n"), status: 400, message: "base name ($X) should not be blank" },
  {
    context: file("FROM scratch AS 1a\nLABEL a=b\n"),
    status: 400,
    message: `dockerfile parse error on line 1: invalid name for build stage: "1a", name can't start with a number or contain symbols`,
  },
  { context: file("FROM scratch AS a\nCOPY --from=a /x /\n"), status: 400, message: "circular dependency detected on stage: a" },
  {
    context: file("FROM scratch AS a\nCOPY --from=b /x /\nFROM scratch AS b\nCOPY --from=a /x /\n"),
    status: 400,
    message: "circular dependency detected on stage: a",
  },
  { query: "dockerfile=D2", status: 500, message: "Cannot locate specified Dockerfile: D2" },
  { context: { x: "y" }, status: 500, message: "Cannot locate specified Dockerfile: Dockerfile" },
  { context: Buffer.alloc(0), status: 500, message: "Cannot locate specified Dockerfile: Dockerfile" },
  {
    query: "dockerfile=d",
    context: { "d/": {}, "d/Dockerfile": "FROM scratch" },
    status: 500,
    message: "Cannot locate specified Dockerfile: d",
  },
  { query: "dockerfile=../D2", status: 500, message: "forbidden path outside the build context: ../D2 ()" },
  { query: "dockerfile=a/../../D2", status: 500, message: "forbidden path outside the build context: a/../../D2 ()" },
  { context: { Dockerfile: { link: "/etc/hostname" } }, status: 500, message: "Cannot locate specified Dockerfile: Dockerfile" },
  {
    context: { Dockerfile: { link: "Dockerfile" } },
    status: 400,
    message: 'cannot resolve "Dockerfile": too many levels of symbolic links',
  },
  { context: { Dockerfile: { fifo: true } }, status: 500, message: "Cannot locate specified Dockerfile: Dockerfile" },
  { context: { Dockerfile: { device: [1, 5] } }, status: 500, message: "Cannot locate specified Dockerfile: Dockerfile" },
  { context: NO_TAR, status: 500, message: "unexpected EOF" },
  { context: Buffer.alloc(1024, "x"), status: 500, message: "archive/tar: invalid tar header" },
  { context: Buffer.from("1f8b0800", "hex"), status: 500, message: "unexpected EOF" },
  { context: rawEntry({ name: "../../x" }), status: 500, message: 'invalid entry name "../../x"' },
  { query: "remote=foo", status: 500, message: "remoteURL (foo) could not be recognized as URL" },
  {
    query: "remote=client-session",
    status: 400,
    message: "experimental session with v1 builder is no longer supported, use builder version v2 (BuildKit) instead",
  },
  {
    query: "remote=http://127.0.0.1:1/x",
    status: 500,
    message:
      'error downloading remote context http://127.0.0.1:1/x: Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused',
  },
];

/** What is checked first is told; each of them has two mistakes. */
const ORDER: readonly Refusal[] = [
  { query: "securityopt=x&shmsize=x", status: 400, message: "security options are not supported on linux" },
  { query: "outputs=[&shmsize=x", status: 400, message: `invalid outputs specified: ${EARLY}` },
  { query: "shmsize=x&isolation=x", status: 500, message: NUMBER },
  { query: "isolation=x&ulimits=[", status: 400, message: 'unsupported isolation: "x"' },
  { query: "ulimits=[&buildargs={", status: 400, message: `error reading ulimit settings: ${EARLY}` },
  { query: "buildargs={&labels={", status: 400, message: `error reading build args: ${EARLY}` },
  { query: "labels={&cachefrom=[", status: 400, message: `error reading labels: ${EARLY}` },
  { query: "cachefrom=[&version=3", status: 400, message: `error reading cache-from: ${EARLY}` },
  { query: "version=3&squash=1", status: 400, message: 'invalid version "3"' },
  { query: "t=UP", context: NO_TAR, status: 500, message: TAG },
  { query: "t=UP&platform=!!", status: 500, message: TAG },
  { query: "t=UP&remote=client-session", status: 500, message: TAG },
  { query: "dockerfile=D9&platform=!!", status: 500, message: "Cannot locate specified Dockerfile: D9" },
  { query: "platform=!!", context: NO_TAR, status: 500, message: "unexpected EOF" },
  { query: "platform=!!", context: file("FROM scratch\nFOO\n"), status: 400, message: PLATFORM },
  { query: "target=zzz&platform=!!", status: 400, message: PLATFORM },
  {
    query: "target=zzz",
    context: file("FROM scratch\nFOO\n"),
    status: 400,
    message: "dockerfile parse error on line 2: unknown instruction: FOO (did you mean FROM?)",
  },
];

/** Docker reads most parameters whatever version was asked for. */
const VERSIONS: readonly Refusal[] = [
  { version: "1.24", query: "target=zzz", status: 400, message: 'target stage "zzz" could not be found' },
  { version: "1.24", query: "version=3", status: 400, message: 'invalid version "3"' },
  { version: "1.24", query: "cachefrom=[", status: 400, message: `error reading cache-from: ${EARLY}` },
  { version: "1.24", query: "shmsize=x", status: 500, message: NUMBER },
  { version: "1.32", query: "platform=!!", status: 400, message: PLATFORM },
  { version: "1.40", query: "outputs=[", status: 400, message: `invalid outputs specified: ${EARLY}` },
];

for (const [what, refusals] of Object.entries({ PARAMETERS, CONTEXTS, ORDER, VERSIONS })) {
  for (const { query = "", context = SOUND, version, status, message } of refusals) {
    const name = `${what.toLowerCase()}: ${version ?? ""} ${query.slice(0, 60)} is refused with ${status} ${message.slice(0, 60)}`;
    test(name, async () => {
      const { text, ...reply } = await api.build(query, context, version === undefined ? {} : { version });
      const { excerpt: _, ...body } = JSON.parse(text) as { message: string; excerpt?: string };
      assert.deepEqual([reply.status, body, reply.headers["content-type"]], [status, { message }, "application/json"]);
    });
  }
}

const TAKEN: readonly (readonly [query: string, version?: string])[] = [
  ["platform=!!", "1.31"],
  ["outputs=[", "1.39"],
  ["memory=abc&memswap=q&cpushares=-&cpuperiod=1.5&cpuquota=0x10"],
  ["shmsize=-1"],
  ["ulimits=null&buildargs=null&labels=null&cachefrom=null"],
  ['buildargs={"a":null}&labels={"a":null}'],
  ["t="],
  ["isolation=Default"],
  ["nocache=foo&pull=off"],
  ["version=1"],
  ["version=2", "1.37"],
  ["target="],
  ["extrahosts=a:1.2.3.4&extrahosts=b:[::1]"],
];

for (const [query, version] of TAKEN) {
  test(`${version ?? ""} ${query} is taken`, async () => {
    const { messages } = await api.build(query, SOUND, version === undefined ? {} : { version });
    assert.match(messages.at(-1)?.stream ?? "", /^Successfully built [0-9a-f]{12}\n$/);
  });
}
