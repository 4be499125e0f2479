import assert from "node:assert/strict";
import { test } from "node:test";
import { credentialsFor, domainOfAddress } from "./credentials.ts";
import type { Endpoint } from "./hosts/endpoint.ts";

const alice = { username: "alice", password: "word" };

function at(origin: string, isMirror = false): Endpoint {
  const tls = { authorities: [], identities: [], isVerified: true };
  return { root: `${origin}/v2`, origin, host: new URL(origin).host, isMirror, isInsecure: false, tls, headers: {} };
}

const HUB = at("https://registry-1.docker.io");
const MIRROR = at("https://mirror.example", true);

test("credentials go to the scheme, host, port and path that they are for, and nowhere else", () => {
  const cases: readonly (readonly [address: string, endpoint: Endpoint, domain: string, path: string, fits: boolean])[] = [
    ["", at("https://r.example"), "r.example", "a/b", true],
    ["", MIRROR, "docker.io", "library/a", false],
    ["mirror.example", MIRROR, "docker.io", "library/a", true],
    ["docker.io", MIRROR, "docker.io", "library/a", false],
    ["https://index.docker.io/v1/", HUB, "docker.io", "library/a", true],
    ["registry-1.docker.io", HUB, "docker.io", "library/a", true],
    ["docker.io/library", HUB, "docker.io", "library/a", true],
    ["docker.io/lib", HUB, "docker.io", "library/a", false],
    ["evildocker.io", HUB, "docker.io", "a", false],
    ["docker.io.evil", HUB, "docker.io", "a", false],
    ["docker.io", at("https://xdocker.io"), "xdocker.io", "a", false],
    ["https://index.docker.io/v1/", at("https://r.example"), "r.example", "a", false],
    ["r.example", at("https://r.example"), "r.example", "a", true],
    ["R.Example", at("https://r.example"), "r.example", "a", true],
    ["r.example:443", at("https://r.example"), "r.example", "a", true],
    ["r.example:5000", at("https://r.example"), "r.example", "a", false],
    ["r.example", at("https://r.example:5000"), "r.example:5000", "a", false],
    ["https://r.example/v2/", at("https://r.example"), "r.example", "a", true],
    ["https://r.example", at("http://r.example"), "r.example", "a", false],
    ["http://r.example", at("https://r.example"), "r.example", "a", false],
    ["[::1]:5000", at("http://[::1]:5000"), "[::1]:5000", "a", true],
    ["example", at("https://r.example"), "r.example", "a", false],
  ];
  for (const [serverAddress, endpoint, domain, path, fits] of cases) {
    const note = `${serverAddress} → ${endpoint.origin}/${path}`;
    const one = credentialsFor(serverAddress === "" ? alice : { ...alice, serverAddress }, endpoint, domain, path);
    assert.equal(one !== undefined, fits, note);
    if (serverAddress !== "")
      assert.equal(credentialsFor(new Map([[serverAddress, alice]]), endpoint, domain, path) !== undefined, fits, note);
  }
});

test("half an account is none", () => {
  for (const half of [{}, { username: "a" }, { password: "a" }, { username: "", password: "a" }]) {
    assert.equal(credentialsFor(half, HUB, "docker.io", "library/a"), undefined);
  }
});

test("every address of Docker Hub is docker.io", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["https://index.docker.io/v1/", "docker.io"],
    ["docker.io", "docker.io"],
    ["https://r.example:443/v2/", "r.example"],
    ["http://127.0.0.1:5000", "127.0.0.1:5000"],
    ["r.example/team", "r.example"],
  ];
  for (const [address, domain] of cases) assert.equal(domainOfAddress(address), domain);
});
