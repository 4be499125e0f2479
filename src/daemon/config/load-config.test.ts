import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isEngineError } from "#errors";
import { loadCommand } from "./load-config.ts";
import type { Config } from "./config.ts";
import type { Surroundings } from "./places.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-config-"));
after(() => rmSync(folder, { recursive: true }));

const USER: Surroundings = { environment: { XDG_RUNTIME_DIR: "/run/user/1000" }, uid: 1000, pid: 42, home: folder };
const ROOT: Surroundings = { environment: {}, uid: 0, pid: 42, home: folder };
const NO_FILE = join(folder, "empty.json");
writeFileSync(NO_FILE, "");

function load(argv: readonly string[], surroundings = USER): Config {
  const command = loadCommand(argv, surroundings);
  assert.ok(command.action === "serve" || command.action === "validate");
  return command.config;
}

/** The mistakes told for a command line, or none when it is accepted. */
function mistakesOf(argv: readonly string[], surroundings = USER): readonly string[] {
  try {
    loadCommand(argv, surroundings);
    return [];
  } catch (error) {
    assert.ok(isEngineError(error, "invalid-argument"));
    return error.message.split("\n  ").slice(1);
  }
}

function file(text: string): string {
  const path = join(folder, "daemon.json");
  writeFileSync(path, text);
  return path;
}

test("a root engine lives in the system's folders", () => {
  const { hosts, dataRoot, group } = load(["--config-file", NO_FILE], ROOT);
  assert.deepEqual(
    { hosts, dataRoot, group },
    {
      hosts: [{ kind: "unix", path: "/run/slipway/slipway.sock" }],
      dataRoot: "/var/lib/slipway",
      group: { name: "docker", isRequired: false },
    },
  );
});

test("an ordinary user's engine lives in the XDG folders, or in their defaults", () => {
  const given = { XDG_RUNTIME_DIR: "/r", XDG_DATA_HOME: "/d", XDG_CONFIG_HOME: "/c" };
  const cases: readonly (readonly [Record<string, string>, string, string])[] = [
    [given, "/r/slipway/slipway.sock", "/d/slipway"],
    [{ ...given, XDG_DATA_HOME: "relative" }, "/r/slipway/slipway.sock", `${folder}/.local/share/slipway`],
    [{}, `${folder}/.local/share/slipway/slipway.sock`, `${folder}/.local/share/slipway`],
  ];
  for (const [environment, socket, dataRoot] of cases) {
    // An ID that no machine has a session folder for.
    const config = load([], { ...USER, uid: 987_654_321, environment });
    assert.deepEqual([config.hosts, config.dataRoot, config.group], [[{ kind: "unix", path: socket }], dataRoot, undefined]);
  }
});

test("flags are read in every spelling that dockerd takes", () => {
  const spellings: readonly (readonly string[])[] = [
    ["--host", "unix:///x", "--debug"],
    ["--host=unix:///x", "--debug=true"],
    ["-H", "unix:///x", "-D"],
    ["-Hunix:///x", "-D=1"],
    ["-H=unix:///x", "--debug=T"],
    ["-DH", "unix:///x"],
    ["-DHunix:///x"],
  ];
  for (const argv of spellings) {
    const { hosts, debug, logLevel } = load(argv);
    assert.deepEqual([hosts, debug, logLevel], [[{ kind: "unix", path: "/x" }], true, "debug"], argv.join(" "));
  }
  assert.equal(load(["--debug=false"]).debug, false);
});

test("flags and file set the same things", () => {
  const flags = [
    [
      "-H",
      "unix:///a",
      "-H",
      "unix:///b",
      "--data-root",
      "/data",
      "--pidfile",
      "/p",
      "--group",
      "staff",
      "--log-level",
      "WARN",
      "--log-format",
      "json",
    ],
    [
      "--label",
      "a=1",
      "--label",
      "b=2",
      "--insecure-registry",
      "10.0.0.0/8",
      "--insecure-registry",
      "http://r:5000",
      "--registry-mirror",
      "https://m/x",
    ],
    ["--max-concurrent-downloads", "7", "--max-concurrent-uploads", "0", "--max-download-attempts", "2", "--shutdown-timeout", "-1"],
    ["--push-compression", "zstd", "--registry-delete", "--build-cache-limit", "1.5GB", "--allow-insecure-builds"],
  ].flat();
  const keys = {
    hosts: ["unix:///a", "unix:///b"],
    "data-root": "/data",
    pidfile: "/p",
    group: "staff",
    "log-level": "warn",
    "log-format": "json",
    labels: ["a=1", "b=2"],
    "insecure-registries": ["10.0.0.0/8", "http://r:5000"],
    "registry-mirrors": ["https://m/x"],
    "max-concurrent-downloads": 7,
    "max-concurrent-uploads": 0,
    "max-download-attempts": 2,
    "push-compression": "zstd",
    "registry-delete": true,
    "build-cache-limit": "1536m",
    "allow-insecure-builds": true,
    "shutdown-timeout": -1,
  };
  const expected: Config = {
    hosts: [
      { kind: "unix", path: "/a" },
      { kind: "unix", path: "/b" },
    ],
    group: { name: "staff", isRequired: true },
    tls: undefined,
    insecureLoopbackTcp: false,
    dataRoot: "/data",
    registries: {
      insecure: ["10.0.0.0/8", "r:5000"],
      mirrors: ["https://m/x/"],
      maxConcurrentDownloads: 7,
      maxConcurrentUploads: 5,
      maxDownloadAttempts: 2,
      pushCompression: "zstd",
    },
    proxy: {},
    buildCacheLimit: 1_610_612_736,
    allowInsecureBuilds: true,
    registryDelete: true,
    pidFile: "/p",
    labels: ["a=1", "b=2"],
    shutdownTimeoutMs: Number.POSITIVE_INFINITY,
    debug: false,
    logLevel: "warn",
    logFormat: "json",
  };
  assert.deepEqual(load(flags), expected);
  assert.deepEqual(load(["--config-file", file(`\uFEFF${JSON.stringify(keys)}`)]), expected);
});

test("the configuration cannot be changed afterwards", () => {
  const config = load(["--label", "a=1"]);
  for (const value of [config, config.hosts, config.hosts[0], config.registries, config.labels]) assert.ok(Object.isFrozen(value));
});

test("an option given as a flag and in the file is refused in dockerd's words", () => {
  const path = file('{"hosts":["unix:///x"],"debug":true,"data-root":"/d"}');
  assert.deepEqual(mistakesOf(["-H", "unix:///y", "-H", "unix:///z", "-D", "--config-file", path]), [
    `${path}: the following directives are specified both as a flag and in the configuration file: ` +
      "hosts: (from flag: [unix:///y unix:///z], from file: [unix:///x]), debug: (from flag: true, from file: true)",
  ]);
});

test("bad flags are told", () => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [["--foo"], ["unknown flag: --foo"]],
    [
      ["--foo", "bar", "--baz=1"],
      ["unknown flag: --foo", "unknown flag: --baz"],
    ],
    [["-DZ"], ["unknown shorthand flag: 'Z' in -DZ"]],
    [["--__proto__=1"], ["unknown flag: --__proto__"]],
    [["--\u001b[2J"], ["unknown flag: --\\u001b[2J"]],
    [["--host"], ["flag needs an argument: --host"]],
    [["-D=maybe"], ['invalid argument "maybe" for "-D, --debug" flag: expected true or false']],
    [["--max-concurrent-downloads", "1.5"], ['invalid argument "1.5" for "--max-concurrent-downloads" flag: expected a whole number']],
    [["serve"], ['unexpected argument "serve": slipwayd takes flags only']],
    [["--", "-D"], ['unexpected argument "-D": slipwayd takes flags only']],
    [
      ["--bridge", "none", "-s", "overlay2", "--iptables=false", "--live-restore"],
      [
        "unsupported flag: --bridge sets up container networks",
        "unsupported flag: -s chooses a storage driver, and this store has none to choose from",
        "unsupported flag: --iptables sets up container networks",
        "unsupported flag: --live-restore is about running containers",
      ],
    ],
    [["--log-level", "loud"], ["invalid logging level: loud, expected debug, info, warn, error, fatal"]],
    [["--max-concurrent-uploads", "-1"], ["invalid max concurrent uploads: -1"]],
    [
      ["--label", "a", "--label", "=b"],
      ["bad attribute format: a", "bad attribute format: =b"],
    ],
    [["--label", "a=1", "--label", "a=1", "--label", "a=2"], ["conflict labels for a=2 and a=1"]],
    [["--registry-mirror", "m"], [`invalid mirror: no scheme specified for "m": must use either 'https://' or 'http://'`]],
    [["--registry-mirror", "ftp://m"], [`invalid mirror: unsupported scheme "ftp" in "ftp://m": must use either 'https://' or 'http://'`]],
    [["--registry-mirror", "https://m?q"], ['invalid mirror: query or fragment at end of the URI "https://m?q"']],
    [["--registry-mirror", "https://u:secret@m"], ['invalid mirror: username/password not allowed in URI "https://m"']],
    [["--insecure-registry", "ftp://m"], ["insecure registry ftp://m should not contain '://'"]],
    [["--insecure-registry", "a b"], ['insecure registry "a b" is not valid: expected host, host:port or a CIDR']],
    [["--config-file", "/nowhere.json"], ["/nowhere.json: open /nowhere.json: no such file or directory"]],
    [["--config-file", "/"], ["/: EISDIR: illegal operation on a directory, read"]],
  ];
  for (const [argv, expected] of cases) assert.deepEqual(mistakesOf(argv), expected, argv.join(" "));
});

test("bad files are told", () => {
  const cases: readonly (readonly [string, readonly (string | RegExp)[]])[] = [
    ["{bad", [/^invalid JSON: Expected property name/]],
    ["[]", ["invalid JSON: expected an object, not []"]],
    ['{"foo":1,"bar":2,"Debug":true}', ["the following directives don't match any configuration option: foo, bar, Debug"]],
    ['{"debug":"yes"}', ['invalid value "yes" for directive "debug": expected true or false']],
    ['{"hosts":"unix:///x"}', ['invalid value "unix:///x" for directive "hosts": expected an array of strings']],
    ['{"labels":["a=1",2]}', ['invalid value ["a=1",2] for directive "labels": expected an array of strings']],
    ['{"shutdown-timeout":"15"}', ['invalid value "15" for directive "shutdown-timeout": expected a whole number']],
    ['{"__proto__":{"debug":true}}', ["the following directives don't match any configuration option: __proto__"]],
    [
      '{"log-opts":{},"features":{},"proxies":{}}',
      [
        "unsupported directive: log-opts is about the logs of containers",
        "unsupported directive: features switches features of dockerd",
        "unsupported directive: proxies is not read: set HTTP_PROXY, HTTPS_PROXY and NO_PROXY in the environment of the daemon",
      ],
    ],
    [`{"data-root":"${"x".repeat(1024 * 1024)}"}`, [/^open .*: more than 1048576 bytes/]],
  ];
  for (const [text, expected] of cases) {
    const path = file(text);
    const mistakes = mistakesOf(["--config-file", path]).map((mistake) => mistake.replace(`${path}: `, ""));
    assert.equal(mistakes.length, expected.length, text.slice(0, 60));
    for (const [index, words] of expected.entries()) {
      if (typeof words === "string") assert.equal(mistakes[index], words);
      else assert.match(mistakes[index] ?? "", words);
    }
  }
});

test("an empty file, null and null values configure nothing", () => {
  for (const text of ["", " \n", "null", "{}", '{"hosts":null,"debug":null}'])
    assert.deepEqual(load(["--config-file", file(text)]), load([]), text);
});

test("one message lists the mistakes of flags, file and values together", () => {
  const path = file('{"nope":1,"labels":["x"]}');
  assert.deepEqual(mistakesOf(["--foo", "-H", "ftp://x", "--config-file", path]), [
    "unknown flag: --foo",
    `${path}: the following directives don't match any configuration option: nope`,
    "invalid bind address (ftp://x): unsupported proto 'ftp', expected unix, tcp or fd",
    "bad attribute format: x",
  ]);
});

test("addresses are read as dockerd reads them", () => {
  const tcp = (address: string, port: number, isLoopback: boolean): unknown => ({ kind: "tcp", address, port, isLoopback });
  const unix = (path: string): unknown => ({ kind: "unix", path });
  const cases: readonly (readonly [string, unknown])[] = [
    ["", unix("/run/user/1000/slipway/slipway.sock")],
    ["unix://", unix("/run/user/1000/slipway/slipway.sock")],
    ["unix:///x/../y.sock", unix("/y.sock")],
    ["unix://z.sock", unix(join(process.cwd(), "z.sock"))],
    ["tcp://", tcp("127.0.0.1", 2375, true)],
    ["tcp://:99", tcp("127.0.0.1", 99, true)],
    ["tcp://LOCALHOST:99", tcp("127.0.0.1", 99, true)],
    ["127.0.0.1:99", tcp("127.0.0.1", 99, true)],
    ["tcp://127.255.255.254:0", tcp("127.255.255.254", 0, true)],
    ["tcp://[::1]:99", tcp("::1", 99, true)],
  ];
  for (const [text, expected] of cases) assert.deepEqual(load(["--insecure-loopback-tcp", "-H", text]).hosts, [expected], text);
});

test("impossible addresses are refused", () => {
  const long = `unix:///${"x".repeat(107)}`;
  const cases: readonly (readonly [string, string])[] = [
    ["npipe:////./pipe/x", "unsupported proto 'npipe', expected unix, tcp or fd"],
    ["tcp://127.0.0.1:1/path", "should not contain a path element"],
    ["tcp://127.0.0.1:65536", "port 65536 is not one of 0 to 65535"],
    ["tcp://127.0.0.1:1e3", "port 1e3 is not one of 0 to 65535"],
    ["tcp://[localhost]:1", "[localhost] is not an IPv6 address"],
    [long, "the path has 108 bytes, expected at most 107"],
    ["fd://", "systemd passed no sockets, see systemd.socket(5)"],
  ];
  for (const [text, reason] of cases) assert.deepEqual(mistakesOf(["-H", text]), [`invalid bind address (${text}): ${reason}`]);
});

test("sockets from systemd are taken only when they are meant for this process", () => {
  const passing = (pid: string): Surroundings => ({ ...USER, environment: { LISTEN_PID: pid, LISTEN_FDS: "2" } });
  assert.deepEqual(load(["-H", "fd://"], passing("42")).hosts, [
    { kind: "fd", descriptor: 3 },
    { kind: "fd", descriptor: 4 },
  ]);
  assert.deepEqual(load(["-H", "fd://4"], passing("42")).hosts, [{ kind: "fd", descriptor: 4 }]);
  assert.deepEqual(mistakesOf(["-H", "fd://5"], passing("42")), ["invalid bind address (fd://5): systemd passed 3, 4"]);
  assert.equal(mistakesOf(["-H", "fd://"], passing("41")).length, 1);
});

test("TCP starts only with client certificates, or on loopback when asked for by its long name", () => {
  for (const name of ["ca.pem", "cert.pem", "key.pem"]) writeFileSync(join(folder, name), "");
  const files = ["--tlscacert", join(folder, "ca.pem"), "--tlscert", join(folder, "cert.pem"), "--tlskey", join(folder, "key.pem")];
  const open = /other machines could take over this one/;
  const local = /every program and web page on this machine could use it/;
  const oneSided = /--tls alone lets in every client/;
  const cases: readonly (readonly [host: string, flags: readonly string[], expected: RegExp | undefined])[] = [
    ["tcp://0.0.0.0:1", [], open],
    ["tcp://[::]:1", [], open],
    ["tcp://192.168.1.1:1", [], open],
    ["tcp://myhost:1", [], open],
    ["tcp://127.0.0.1.evil.example:1", [], open],
    ["tcp://127.1:1", [], open],
    ["tcp://0.0.0.0:1", ["--insecure-loopback-tcp"], open],
    ["tcp://myhost:1", ["--insecure-loopback-tcp"], open],
    ["tcp://127.0.0.1:1", [], local],
    ["tcp://[::1]:1", [], local],
    ["tcp://localhost:1", [], local],
    ["tcp://127.0.0.1:1", ["--insecure-loopback-tcp"], undefined],
    ["tcp://[::1]:1", ["--insecure-loopback-tcp"], undefined],
    ["tcp://127.0.0.1:1", ["--tls", ...files], oneSided],
    ["tcp://127.0.0.1:1", ["--tls", "--insecure-loopback-tcp"], oneSided],
    ["tcp://0.0.0.0:1", ["--tls", ...files], oneSided],
    ["tcp://0.0.0.0:1", ["--tls", "--tlsverify=false", ...files], oneSided],
    ["tcp://0.0.0.0:1", ["--tlsverify", ...files], undefined],
    ["tcp://0.0.0.0:1", ["--tlsverify", "--tls=false", ...files], undefined],
    ["tcp://0.0.0.0:1", ["--tlsverify", "--insecure-loopback-tcp", ...files], /contradict each other/],
    ["unix:///x", [], undefined],
    ["unix:///x", ["--tls"], undefined],
  ];
  for (const [host, flags, expected] of cases) {
    const mistakes = mistakesOf(["-H", host, ...flags]);
    const title = [host, ...flags].join(" ");
    if (expected === undefined) assert.deepEqual(mistakes, [], title);
    else assert.match(mistakes.join("\n"), expected, title);
  }
});

test("without a word on it --tlsverify looks for its files where dockerd does", () => {
  assert.deepEqual(mistakesOf(["--tlsverify", "-H", "tcp://"], { ...USER, home: "/home/x" }), [
    'cannot read --tlscacert "/home/x/.docker/ca.pem": ENOENT',
    'cannot read --tlscert "/home/x/.docker/cert.pem": ENOENT',
    'cannot read --tlskey "/home/x/.docker/key.pem": ENOENT',
  ]);
});

test("help and version win over everything else", () => {
  assert.deepEqual(loadCommand(["--foo", "--help", "--version"], USER), { action: "help" });
  assert.deepEqual(loadCommand(["-v", "--config-file", "/nowhere"], USER), { action: "version" });
  assert.equal(loadCommand(["--validate"], USER).action, "validate");
});
