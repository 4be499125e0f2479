import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyFor } from "./proxy.ts";

const PROXY = "http://proxy.example:3128";

test("what noProxy names is reached directly", () => {
  const cases: readonly (readonly [url: string, noProxy: string, isProxied: boolean])[] = [
    ["https://registry.example/", "", true],
    ["https://localhost/", "", false],
    ["https://127.0.0.1:5000/", "", false],
    ["https://[::1]:5000/", "", false],
    ["https://registry.example/", "registry.example", false],
    ["https://sub.registry.example/", "registry.example", false],
    ["https://sub.registry.example/", ".registry.example", false],
    ["https://registry.example/", ".registry.example", true],
    ["https://evilregistry.example/", "registry.example", true],
    ["https://registry.example/", "registry.example:443", false],
    ["https://registry.example:5000/", "registry.example:443", true],
    ["https://10.1.2.3/", "10.0.0.0/8", false],
    ["https://11.1.2.3/", "10.0.0.0/8", true],
    ["https://10.1.2.3/", "10.0.0.0/99", true],
    ["https://[fd00::1]/", "fd00::/8", false],
    ["https://registry.example/", " a , * ", false],
  ];
  for (const [url, noProxy, isProxied] of cases) {
    assert.equal(proxyFor(new URL(url), { httpsProxy: PROXY, noProxy }), isProxied ? PROXY : undefined, `${url} ${noProxy}`);
  }
});

test("each scheme has its proxy, and a proxy needs no scheme", () => {
  assert.equal(proxyFor(new URL("http://a.example"), { httpsProxy: PROXY }), undefined);
  assert.equal(proxyFor(new URL("http://a.example"), { httpProxy: "p:1" }), "http://p:1");
  assert.throws(() => proxyFor(new URL("http://a.example"), { httpProxy: "http://user:secret@ bad" }), /^(?!.*secret)/);
});
