import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BuildBench, cachedSteps } from "./build-bench.ts";
import { checkCases } from "./build-cases.ts";

const COMMANDS = { Cmd: ["base"], Entrypoint: ["entry"], Env: ["PATH=/bin"], WorkingDir: "/" };

checkCases("CMD, ENTRYPOINT and SHELL", [
  {
    name: "71: a CMD before an ENTRYPOINT of the same stage stays",
    text: 'FROM scratch\nCMD ["c"]\nENTRYPOINT ["e"]',
    config: { Cmd: ["c"], Entrypoint: ["e"], ArgsEscaped: true },
    history: ['CMD ["c"]', 'ENTRYPOINT ["e"]'],
  },
  {
    name: "72: an ENTRYPOINT clears an inherited CMD",
    base: {},
    baseConfig: COMMANDS,
    text: 'FROM base\nENTRYPOINT ["e"]',
    config: { Env: ["PATH=/bin"], Entrypoint: ["e"] },
  },
  {
    name: "72: be it of a stage of the same file",
    text: 'FROM scratch AS a\nCMD ["c"]\nFROM a\nENTRYPOINT ["e"]',
    config: { Entrypoint: ["e"], ArgsEscaped: true },
  },
  {
    name: "73: CMD [] clears an inherited CMD, and ENTRYPOINT stays",
    base: {},
    baseConfig: COMMANDS,
    text: "FROM base\nCMD []",
    config: { Env: ["PATH=/bin"], Entrypoint: ["entry"], ArgsEscaped: true },
    history: ["CMD []"],
  },
  {
    name: "74: ENTRYPOINT [] clears both",
    base: {},
    baseConfig: COMMANDS,
    text: "FROM base\nENTRYPOINT []",
    config: { Env: ["PATH=/bin"] },
    history: ["ENTRYPOINT []"],
  },
  {
    name: "75: the shell form, and what is not quite the other one",
    text: "FROM scratch\nENTRYPOINT ['e']\nCMD echo  \"cmd\"",
    config: { Entrypoint: ["/bin/sh", "-c", "['e']"], Cmd: ["/bin/sh", "-c", 'echo  "cmd"'], ArgsEscaped: true },
    history: [`ENTRYPOINT ["/bin/sh" "-c" "['e']"]`, String.raw`CMD ["/bin/sh" "-c" "echo  \"cmd\""]`],
  },
  {
    name: "3.3: a CMD of nothing is nothing for the shell",
    text: "FROM scratch\nCMD",
    config: { Cmd: ["/bin/sh", "-c", ""], ArgsEscaped: true },
    history: ['CMD ["/bin/sh" "-c" ""]'],
  },
  {
    name: "22: one word and two are not the same",
    text: 'FROM scratch\nENTRYPOINT ["echo hi"]\nCMD ["echo","hi"]',
    config: { Entrypoint: ["echo hi"], Cmd: ["echo", "hi"], ArgsEscaped: true },
    history: ['ENTRYPOINT ["echo hi"]', 'CMD ["echo" "hi"]'],
  },
  {
    name: "76: the shell is inherited",
    base: {},
    baseConfig: { Shell: ["/bin/ash", "-x"], Env: ["PATH=/bin"], WorkingDir: "/" },
    text: "FROM base\nCMD x",
    config: { Env: ["PATH=/bin"], Shell: ["/bin/ash", "-x"], Cmd: ["/bin/ash", "-x", "x"], ArgsEscaped: true },
  },
  {
    name: "77: a shell holds from its line on",
    text: 'FROM scratch\nENTRYPOINT a\nSHELL ["/bin/b", "-ec"]\nCMD c',
    config: { Shell: ["/bin/b", "-ec"], Entrypoint: ["/bin/sh", "-c", "a"], Cmd: ["/bin/b", "-ec", "c"], ArgsEscaped: true },
    history: ['ENTRYPOINT ["/bin/sh" "-c" "a"]', "SHELL [/bin/b -ec]", 'CMD ["/bin/b" "-ec" "c"]'],
  },
  {
    name: "78: SHELL wants JSON",
    text: "FROM scratch\nsHeLl exec -form",
    fails: "dockerfile parse error on line 2: SHELL requires the arguments to be in JSON form",
  },
  {
    name: "78: SHELL wants a word",
    text: "FROM scratch\nSHELL []",
    fails: "dockerfile parse error on line 2: SHELL requires at least one argument",
  },
]);

checkCases("labels and author", [
  {
    name: "79: MAINTAINER keeps its quotes",
    text: 'FROM scratch\nMAINTAINER 123\nMAINTAINER "Docker IO <a@b>"\nENV a=b',
    config: { author: '"Docker IO <a@b>"', Env: ["a=b"] },
    history: ["MAINTAINER 123", 'MAINTAINER "Docker IO <a@b>"', "ENV a=b"],
  },
  {
    name: "80: both forms, the later value",
    text: 'FROM scratch\nLABEL a=b "c d"="e f"\nLABEL a x  y\nLABEL z=1',
    config: { Labels: { a: "x  y", "c d": "e f", z: "1" } },
    history: ["LABEL a=b c d=e f", "LABEL a=x  y", "LABEL z=1"],
  },
  {
    name: "81: labels of the request win, by name, and are taken as they are",
    text: "FROM scratch\nLABEL foo=file kept=1",
    labels: { z: "$PATH", foo: "flag", bar: "" },
    config: { Labels: { foo: "flag", kept: "1", z: "$PATH", bar: "" } },
    history: ["LABEL foo=file kept=1", "LABEL bar=", "LABEL foo=flag", "LABEL z=$PATH"],
  },
  {
    name: "81: and are the last stage's alone",
    text: "FROM scratch AS a\nENV a=b\nFROM scratch AS b\nCOPY --from=a / /\nFROM a",
    target: "a",
    labels: { l: "1" },
    config: { Env: ["a=b"], Labels: { l: "1" } },
  },
  {
    name: "3.5: labels may be all there is",
    text: "FROM scratch",
    labels: { l: "1" },
    config: { Labels: { l: "1" } },
    history: ["LABEL l=1"],
  },
]);

checkCases("EXPOSE", [
  {
    name: "83, 85: ranges, protocols in any case, each port once",
    text: "FROM scratch\nEXPOSE 80-82 5678/UDP 80 9/sctp 80/tcp 53/tcp 53/udp",
    config: {
      ExposedPorts: { "80/tcp": {}, "81/tcp": {}, "82/tcp": {}, "5678/udp": {}, "9/sctp": {}, "53/tcp": {}, "53/udp": {} },
    },
    history: ["EXPOSE [53/tcp 53/udp 5678/udp 80/tcp 80/tcp 81/tcp 82/tcp 80/tcp 9/sctp]"],
  },
  {
    name: "82: in the order of the words, whatever they become",
    text: 'FROM scratch\nENV P="80 443"\nEXPOSE 99 8-12 $P 7',
    config: {
      Env: ["P=80 443"],
      ExposedPorts: Object.fromEntries([80, 443, 7, 8, 9, 10, 11, 12, 99].map((port) => [`${port}/tcp`, {}])),
    },
    history: ["ENV P=80 443", "EXPOSE [80/tcp 443/tcp 7/tcp 8/tcp 9/tcp 10/tcp 11/tcp 12/tcp 99/tcp]"],
  },
  {
    name: "3.6: of addresses and ports of the host nothing is kept",
    text: "FROM scratch\nEXPOSE 127.0.0.1:8080:80/tcp 8443:443",
    config: { ExposedPorts: { "80/tcp": {}, "443/tcp": {} } },
  },
  {
    name: "84: five thousand ports",
    text: `FROM scratch\nEXPOSE ${Array.from({ length: 5000 }, (_, index) => index + 1).join(" \\\n  ")}`,
    config: { ExposedPorts: Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`${index + 1}/tcp`, {}])) },
  },
  { name: "3.6: no port", text: "FROM scratch\nEXPOSE x", fails: "Invalid containerPort: x" },
  { name: "3.6: no such port", text: "FROM scratch\nEXPOSE 70000", fails: "Invalid containerPort: 70000" },
  { name: "3.6: no such protocol", text: "FROM scratch\nEXPOSE 80/foo", fails: "Invalid proto: foo" },
]);

checkCases("VOLUME", [
  {
    name: "86: what is not quite JSON",
    text: 'FROM scratch\nVOLUME [/test7 /test8]\nVOLUME ["/a b", "/c"] \nVOLUME name:/path',
    config: { Volumes: { "[/test7": {}, "/test8]": {}, "/a b": {}, "/c": {}, "name:/path": {} } },
    history: ["VOLUME [[/test7 /test8]]", "VOLUME [/a b /c]", "VOLUME [name:/path]"],
  },
  { name: "87: of nothing", text: 'FROM scratch\nENV foo=""\nVOLUME $foo', fails: "VOLUME specified can not be an empty string" },
  {
    name: "88: what is copied into a volume stays",
    files: { f: "f" },
    text: "FROM scratch\nVOLUME /v\nCOPY f /v/",
    makes: { "v/": "0755 0:0", "v/f": "0644 0:0 f" },
  },
  {
    name: "3.11: volumes of the base and of the file",
    base: {},
    baseConfig: { Volumes: { "/base": {} }, Env: ["PATH=/bin"], WorkingDir: "/" },
    text: "FROM base\nVOLUME /own",
    config: { Env: ["PATH=/bin"], Volumes: { "/base": {}, "/own": {} } },
  },
]);

const ACCOUNTS = {
  "etc/passwd": "bob:x:1000:1001::/home/bob:/bin/sh\n",
  "etc/group": "extra:x:2000:\n",
  "there/": { mode: 0o700, uid: 3, gid: 4 },
};
const workdir = (user: string, owner: string) => ({
  name: `3.13: WORKDIR as USER ${user} is ${owner}, with all that has to be made`,
  base: ACCOUNTS,
  text: `FROM base\nUSER ${user}\nWORKDIR /a/b`,
  makes: { "a/": `0755 ${owner}`, "a/b/": `0755 ${owner}` },
});

checkCases("WORKDIR", [
  {
    name: "90: relative and absolute",
    text: "FROM scratch\nWORKDIR test1\nWORKDIR /test2\nWORKDIR test3",
    config: { WorkingDir: "/test2/test3" },
    history: ["WORKDIR /test1", "WORKDIR /test2", "WORKDIR /test2/test3"],
    makes: { "test1/": "0755 0:0", "test2/": "0755 0:0", "test2/test3/": "0755 0:0" },
  },
  {
    name: "91: up, not above the root, cleaned",
    text: "FROM scratch\nWORKDIR /a/b//./c/\nWORKDIR ../..\nLABEL here=1\nWORKDIR ../../..\nWORKDIR $nothing",
    config: { Labels: { here: "1" } },
    history: ["WORKDIR /a/b/c", "WORKDIR /a", "LABEL here=1", "WORKDIR /", "WORKDIR /"],
  },
  {
    name: "92: is not of the next stage",
    text: "FROM scratch AS a\nWORKDIR /x\nFROM scratch\nENV a=b",
    config: { Env: ["a=b"] },
    history: ["ENV a=b"],
  },
  {
    name: "93: keeps CMD and ENTRYPOINT",
    base: {},
    baseConfig: COMMANDS,
    text: "FROM base\nWORKDIR w",
    config: { ...COMMANDS, WorkingDir: "/w" },
  },
  workdir("bob", "1000:1001"),
  workdir("bob:extra", "1000:2000"),
  workdir("7", "7:7"),
  workdir("7:8", "7:8"),
  workdir("nobody", "0:0"),
  {
    name: "3.13: what is there is left alone",
    base: ACCOUNTS,
    text: "FROM base\nUSER bob\nWORKDIR /there\nWORKDIR new",
    makes: { "there/new/": "0755 1000:1001" },
  },
  {
    name: "3.13: links on the way are followed",
    base: { "real/": {}, link: { link: "/real" } },
    text: "FROM base\nWORKDIR /link/in",
    makes: { "real/in/": "0755 0:0" },
    config: { WorkingDir: "/link/in" },
  },
  {
    name: "3.13: a file is no directory, whatever leads to it",
    base: { file: "f", link: { link: "file" } },
    text: "FROM base\nWORKDIR /link",
    fails: "Cannot mkdir: /file is not a directory",
  },
  {
    name: "3.13: nor can one be made in it",
    base: { file: "f" },
    text: "FROM base\nWORKDIR /file/in",
    fails: "Cannot mkdir: /file is not a directory",
  },
]);

checkCases("USER, STOPSIGNAL and HEALTHCHECK", [
  ...["bob", "1000", "bob:extra", "77:88", ":5"].map((user) => ({
    name: `3.12: USER ${user} is kept as it is`,
    text: `FROM scratch\nUSER ${user}`,
    config: { User: user },
    history: [`USER ${user}`],
  })),
  ...["SIGKILL", "KILL", "9", "SIGRTMIN+3", "sigterm"].map((signal) => ({
    name: `95: STOPSIGNAL ${signal} is kept as it is`,
    text: `FROM scratch\nSTOPSIGNAL ${signal}`,
    config: { StopSignal: signal },
    history: [`STOPSIGNAL ${signal}`],
  })),
  ...["foo", "0", "SIGRTMIN+99"].map((signal) => ({
    name: `95: STOPSIGNAL ${signal} is none`,
    text: `FROM scratch\nSTOPSIGNAL ${signal}`,
    fails: `invalid signal: ${signal}`,
  })),
  {
    name: "96: HEALTHCHECK in the shell form",
    text: "FROM scratch\nHEALTHCHECK --interval=5s --timeout=3s --start-period=1m --start-interval=2s --retries=2 CMD curl -f x",
    config: {
      Healthcheck: {
        Test: ["CMD-SHELL", "curl -f x"],
        Interval: 5e9,
        Timeout: 3e9,
        StartPeriod: 60e9,
        StartInterval: 2e9,
        Retries: 2,
      },
    },
    history: [String.raw`HEALTHCHECK &{["CMD-SHELL" "curl -f x"] "5s" "3s" "1m0s" "2s" '\x02'}`],
  },
  {
    name: "96: HEALTHCHECK in the exec form, whatever the shell",
    text: 'FROM scratch\nSHELL ["x"]\nhealthcheck cmd ["a", "b c"]',
    config: { Shell: ["x"], Healthcheck: { Test: ["CMD", "a", "b c"] } },
    history: ["SHELL [x]", String.raw`HEALTHCHECK &{["CMD" "a" "b c"] "0s" "0s" "0s" "0s" '\x00'}`],
  },
  {
    name: "96: HEALTHCHECK NONE takes the inherited one away",
    base: {},
    baseConfig: { Healthcheck: { Test: ["CMD", "x"], Interval: 1e9 }, Env: ["PATH=/bin"], WorkingDir: "/" },
    text: "FROM base\nHEALTHCHECK NONE",
    config: { Env: ["PATH=/bin"], Healthcheck: { Test: ["NONE"] } },
    history: [String.raw`HEALTHCHECK &{["NONE"] "0s" "0s" "0s" "0s" '\x00'}`],
  },
  {
    name: "96: else it is inherited, until another one comes",
    base: {},
    baseConfig: { Healthcheck: { Test: ["CMD", "x"], Interval: 1e9 }, Env: ["PATH=/bin"], WorkingDir: "/" },
    text: "FROM base AS a\nENV a=b\nFROM a\nLABEL a=b\nFROM a\nHEALTHCHECK CMD y",
    config: { Env: ["PATH=/bin", "a=b"], Healthcheck: { Test: ["CMD-SHELL", "y"] } },
  },
]);

describe("settings that were made before", () => {
  const rows: readonly (readonly [name: string, first: string, second: string, steps: readonly number[]])[] = [
    ["22: one word is not two", 'CMD ["echo hi"]', 'CMD ["echo", "hi"]', []],
    ["80: both forms of LABEL", "LABEL a=b", "LABEL a b", [2]],
    ["82: ports in any order", "EXPOSE 80 2375", "EXPOSE 2375 80", [2]],
    ["94: WORKDIR / says nothing new", "WORKDIR /", "WORKDIR /", [2]],
    ["96: other times", "HEALTHCHECK --interval=1s CMD x", "HEALTHCHECK --interval=2s CMD x", []],
    ["96: the same time", "HEALTHCHECK --interval=60s CMD x", "HEALTHCHECK --interval=1m CMD x", [2]],
    ["3.15: other triggers", "ENV a=b\nONBUILD RUN x", "ENV a=b\nONBUILD RUN y", [2]],
  ];
  for (const [name, first, second, steps] of rows) {
    test(name, async () => {
      await using bench = await BuildBench.open();
      await bench.build({ text: `FROM scratch\n${first}` });
      assert.deepEqual(cachedSteps((await bench.build({ text: `FROM scratch\n${second}` })).events), steps);
    });
  }
});
