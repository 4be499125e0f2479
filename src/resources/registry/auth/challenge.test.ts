import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseChallenges } from "./challenge.ts";

function plain(lines: readonly string[]): readonly (readonly [string, object])[] {
  return parseChallenges(lines).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

test("challenges are read in every form that registries send", () => {
  const cases: readonly (readonly [string, readonly (readonly [string, object])[]])[] = [
    [
      'Bearer realm="https://a/t",service="s",scope="repository:x:pull,push"',
      [["bearer", { realm: "https://a/t", service: "s", scope: "repository:x:pull,push" }]],
    ],
    ["Basic realm=registry", [["basic", { realm: "registry" }]]],
    ['BEARER Realm = "a" , Service=b', [["bearer", { realm: "a", service: "b" }]]],
    [
      'Bearer realm="a", Basic realm="b"',
      [
        ["bearer", { realm: "a" }],
        ["basic", { realm: "b" }],
      ],
    ],
    ['Basic realm="say \\"hi\\" \\\\"', [["basic", { realm: 'say "hi" \\' }]]],
    ["Negotiate", [["negotiate", {}]]],
    ['Bearer realm="a",realm="b"', [["bearer", { realm: "a" }]]],
    ['Bearer realm="unfinished', [["bearer", {}]]],
    ['Bearer realm="a",service=,x="y"', [["bearer", { realm: "a" }]]],
    ["", []],
    ["=", []],
  ];
  for (const [line, expected] of cases) assert.deepEqual(plain([line]), expected, line);
  assert.equal(parseChallenges(["Basic realm=a", 'Bearer realm="b"']).length, 2);
});

test("any quoted value comes back", () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 200 }).filter((text) => !/[\r\n\u2028\u2029]/.test(text)),
      (value) => {
        const quoted = value.replace(/[\\"]/g, "\\$&");
        assert.equal(parseChallenges([`Bearer realm="${quoted}",service="s"`])[0]?.parameters.get("realm"), value);
      },
    ),
  );
});

test("nothing that a registry sends takes long or throws", () => {
  fc.assert(fc.property(fc.string({ maxLength: 500 }), (line) => parseChallenges([line]).length <= 16));
  const began = performance.now();
  for (const evil of ['Bearer a="\\'.repeat(4000), "a ".repeat(8000), `Bearer ${"a=b,".repeat(4000)}`, ", ".repeat(8000)])
    parseChallenges([evil]);
  assert.ok(performance.now() - began < 200);
});
