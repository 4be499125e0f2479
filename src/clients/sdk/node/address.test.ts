import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { formatAddress, isLoopback, parseAddress } from "./address.ts";
import type { Address } from "./address.ts";
import { readSurroundings } from "./environment.ts";

const tcp = (host: string, port: number, tls = false): Address => ({ kind: "tcp", host, port, tls });

const GOOD: readonly [text: string, tls: boolean, address: Address, canonical: string][] = [
  ["unix:///var/run/docker.sock", false, { kind: "unix", path: "/var/run/docker.sock" }, "unix:///var/run/docker.sock"],
  ["UNIX:///a/../b", true, { kind: "unix", path: "/b" }, "unix:///b"],
  ["unix://s.sock", false, { kind: "unix", path: join(process.cwd(), "s.sock") }, `unix://${join(process.cwd(), "s.sock")}`],
  ["tcp://127.0.0.1:4243", false, tcp("127.0.0.1", 4243), "tcp://127.0.0.1:4243"],
  ["tcp://engine", false, tcp("engine", 2375), "tcp://engine:2375"],
  ["tcp://engine/", true, tcp("engine", 2376, true), "https://engine:2376"],
  ["tcp://[::1]:1", false, tcp("::1", 1), "tcp://[::1]:1"],
  ["http://engine", true, tcp("engine", 80), "tcp://engine:80"],
  ["https://engine:8443", false, tcp("engine", 8443, true), "https://engine:8443"],
  ["https://engine", false, tcp("engine", 443, true), "https://engine:443"],
];

for (const [text, tls, address, canonical] of GOOD) {
  test(`parseAddress() reads "${text}" ${tls ? "with" : "without"} TLS`, () => {
    assert.deepEqual(parseAddress(text, { tls }), address);
    assert.equal(formatAddress(address), canonical);
  });
}

const BAD: readonly [text: string, message: string][] = [
  ["", 'cannot use the address "": expected unix://, tcp://, http:// or https://'],
  ["engine:2375", 'cannot use the address "engine:2375": expected unix://, tcp://, http:// or https://'],
  ["ssh://me@engine", 'cannot use the address "ssh://…@engine": expected unix://, tcp://, http:// or https://'],
  ["unix://", 'cannot use the address "unix://": it names no socket, expected unix:///path'],
  ["tcp://", 'cannot use the address "tcp://": expected host:port'],
  ["tcp://a/b", 'cannot use the address "tcp://a/b": expected host:port'],
  ["tcp://a:99999", 'cannot use the address "tcp://a:99999": port 99999 is not one of 1 to 65535'],
  ["tcp://a:0", 'cannot use the address "tcp://a:0": port 0 is not one of 1 to 65535'],
  ["tcp://::1", 'cannot use the address "tcp://::1": expected host:port'],
  ["https://me:secret@engine", 'cannot use the address "https://…@engine": expected host:port'],
];

for (const [text, message] of BAD) {
  test(`parseAddress() refuses "${text}"`, () => {
    assert.throws(() => parseAddress(text), { kind: "invalid-argument", message });
  });
}

test("isLoopback() takes this machine alone", () => {
  for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"]) assert.ok(isLoopback(tcp(host, 1)), host);
  for (const host of ["127.0.0.1.example.com", "localhost.example.com", "10.0.0.1", "0.0.0.0", "::"])
    assert.ok(!isLoopback(tcp(host, 1)), host);
});

test("readSurroundings() follows Docker's variables, and takes empty ones for none", () => {
  const given = { DOCKER_HOST: "tcp://a:1", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" };
  assert.deepEqual(readSurroundings(given), { host: "tcp://a:1", certificateFolder: "/certs" });
  assert.equal(readSurroundings({ ...given, DOCKER_CERT_PATH: "" }).certificateFolder, join(homedir(), ".docker"));
  assert.equal(readSurroundings({ ...given, DOCKER_TLS_VERIFY: "" }).certificateFolder, undefined);
});

test("readSurroundings() finds Slipway's own daemon of this user", () => {
  const cases: readonly [environment: Record<string, string>, uid: number, host: string][] = [
    [{ DOCKER_HOST: "", XDG_RUNTIME_DIR: "/r" }, 0, "unix:///run/slipway/slipway.sock"],
    [{ XDG_RUNTIME_DIR: "/r" }, 1000, "unix:///r/slipway/slipway.sock"],
    [{ XDG_RUNTIME_DIR: "relative", XDG_DATA_HOME: "/d" }, 999_999, "unix:///d/slipway/slipway.sock"],
    [{}, 999_999, `unix://${join(homedir(), ".local/share/slipway/slipway.sock")}`],
  ];
  for (const [environment, uid, host] of cases) assert.equal(readSurroundings(environment, uid).host, host);
});
