import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseHostsFile } from "./hosts-file.ts";
import { parseToml } from "./toml.ts";
import type { TomlValue } from "./toml.ts";

function plain(value: TomlValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item as TomlValue)]));
  return value;
}

test("a hosts.toml is read as containerd reads it", () => {
  const text = [
    'server = "https://registry.example" # the real one',
    "",
    '[host."https://mirror.example:5000/prefix"]',
    '  capabilities = ["pull", "resolve"]',
    "  ca = ['a.crt', \"b\\u002ecrt\"]",
    '  client = [["c.cert", "c.key"], ["both.pem", ""]]',
    "  skip_verify = true",
    '  [host."https://mirror.example:5000/prefix".header]',
    '    X-Token = ["a", "b"]',
    '[host."http://plain.example"]',
    "override_path = true",
  ].join("\r\n");
  const { mirrors, server } = parseHostsFile(text, "hosts.toml");
  assert.equal(server.url?.href, "https://registry.example/");
  const [first, second] = mirrors;
  assert.deepEqual(
    { ...first, url: first?.url.href },
    {
      url: "https://mirror.example:5000/prefix",
      capabilities: ["pull", "resolve"],
      authorities: ["a.crt", "b.crt"],
      identities: [
        ["c.cert", "c.key"],
        ["both.pem", "both.pem"],
      ],
      skipVerify: true,
      overridePath: false,
      headers: { "x-token": "a, b" },
    },
  );
  assert.deepEqual([second?.overridePath, second?.capabilities], [true, ["pull", "resolve", "push"]]);
});

test("a hosts.toml that cannot be names file and line or member", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["server = nope", "cannot read f: line 1: expected a string, a number, a boolean or an array"],
    ['a = "x"\na = "y"', 'cannot read f: line 2: "a" is given twice'],
    ['a = "x', "cannot read f: line 1: the string does not end"],
    ["[host", 'cannot read f: line 1: expected "]"'],
    ['a = "x" b', "cannot read f: line 1: expected the end of the line"],
    ['capabilities = ["fly"]', 'cannot read f: "capabilities": expected some of pull, resolve, push'],
    ['[host."ftp://x"]', 'cannot read f: "ftp://x": expected an http or https URL'],
    ['[host."https://u:p@x"]', "cannot read f: credentials do not belong into a URL"],
    ['[header]\n"a b" = "c"', 'cannot read f: "header": expected header names and values'],
    ['[header]\nx = "a\\nb"', 'cannot read f: "header": expected header names and values'],
    [`a = ${"[".repeat(20)}`, "cannot read f: line 1: too many levels"],
  ];
  for (const [text, message] of cases) assert.throws(() => parseHostsFile(text, "f"), { kind: "invalid-argument", message }, text);
});

test("any string in any place comes back", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer(), (key, value, number) => {
      const text = `[${JSON.stringify(key)}]\n${JSON.stringify(value)} = [${JSON.stringify(value)}, ${number}, true]\n`;
      assert.deepEqual(plain(parseToml(text.replace(/\u007f/g, "\\u007f"), "f")), {
        [key]: { [value]: [value, number, true] },
      });
    }),
  );
});
