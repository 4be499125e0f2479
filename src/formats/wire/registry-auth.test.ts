import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { decodeRegistryAuth, decodeRegistryConfig, encodeRegistryAuth, encodeRegistryConfig, parseRegistryAuth } from "./registry-auth.ts";

const PREFIX = "invalid X-Registry-Auth header";
const NOT_BASE64 = `${PREFIX}: must be a valid base64url-encoded string`;

describe("decodeRegistryAuth()", () => {
  for (const header of [undefined, "", "e30=", "e30", "e30K", "bnVsbA=="]) {
    it(`takes ${JSON.stringify(header)} for anonymous`, () => assert.deepEqual(decodeRegistryAuth(header), {}));
  }

  it("reads members in whatever case, and no others", () => {
    const header = base64('{"Username":"u","PASSWORD":"p","serveraddress":"https://r/v1/","email":"e","x":1,"identitytoken":null}');
    assert.deepEqual(decodeRegistryAuth(header), { username: "u", password: "p", serverAddress: "https://r/v1/" });
  });

  it("splits auth only where there is neither a name nor a password", () => {
    const auth = base64("u:p:q");
    assert.deepEqual(decodeRegistryAuth(base64(JSON.stringify({ auth }))), { username: "u", password: "p:q" });
    assert.deepEqual(decodeRegistryAuth(base64(JSON.stringify({ auth, username: "other" }))), { username: "other" });
    assert.deepEqual(decodeRegistryAuth(base64(JSON.stringify({ auth: base64("no colon") }))), {});
  });

  it("takes either alphabet, with padding and white space or without", () => {
    const header = encodeRegistryAuth({ username: "ÿÿÿ>>>???", password: "~~~" });
    const standard = header.replaceAll("-", "+").replaceAll("_", "/");
    assert.notEqual(header, standard);
    for (const form of [header, standard, header.replace(/=+$/, ""), ` ${header}\r\n`]) {
      assert.deepEqual(decodeRegistryAuth(form), { username: "ÿÿÿ>>>???", password: "~~~" });
    }
  });

  const refusals: readonly [string, string][] = [
    ["!!", NOT_BASE64],
    ["a", NOT_BASE64],
    ["A".repeat(1_000_000), NOT_BASE64],
    [base64("{"), `${PREFIX}: invalid JSON: unexpected EOF`],
    [base64("\n"), `${PREFIX}: invalid JSON: EOF`],
    [base64("x"), `${PREFIX}: invalid JSON: invalid character 'x' looking for beginning of value`],
    [base64("{}{}"), `${PREFIX}: multiple JSON documents not allowed`],
    [base64("[]"), `${PREFIX}: invalid JSON: json: cannot unmarshal array into Go value of type registry.AuthConfig`],
    [
      base64('{"username":1}'),
      `${PREFIX}: invalid JSON: json: cannot unmarshal number into Go struct field AuthConfig.username of type string`,
    ],
  ];
  for (const [header, message] of refusals) {
    it(`refuses ${header.slice(0, 20)}: ${message.slice(PREFIX.length + 2)}`, () => {
      assert.throws(() => decodeRegistryAuth(header), { kind: "invalid-argument", message });
    });
  }

  it("reads what encodeRegistryAuth() writes", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    const auth = fc.record(
      { username: text, password: text, serverAddress: text, identityToken: text, registryToken: text },
      { requiredKeys: [], noNullPrototype: true },
    );
    fc.assert(
      fc.property(auth, (given) => {
        const header = encodeRegistryAuth(given);
        assert.match(header, /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/);
        assert.deepEqual(decodeRegistryAuth(header), given);
      }),
    );
  });

  it("throws nothing but invalid-argument, whatever the header", () => {
    const header = fc.oneof(fc.base64String(), fc.string(), fc.json().map(base64));
    fc.assert(
      fc.property(header, (given) => {
        try {
          return typeof decodeRegistryAuth(given) === "object" && decodeRegistryConfig(given).size >= 0;
        } catch (error) {
          return isEngineError(error, "invalid-argument");
        }
      }),
    );
  });
});

it("parseRegistryAuth() reads the JSON itself", () => {
  assert.deepEqual(parseRegistryAuth('{"registrytoken":"t"}'), { registryToken: "t" });
});

it("decodeRegistryConfig() reads credentials by registry", () => {
  const header = base64('{"r:5000":{"username":"u","password":"p"},"__proto__":{"identitytoken":"t"},"empty":null}');
  assert.deepEqual(
    [...decodeRegistryConfig(header)],
    [
      ["r:5000", { username: "u", password: "p" }],
      ["__proto__", { identityToken: "t" }],
      ["empty", {}],
    ],
  );
  assert.equal(decodeRegistryConfig(undefined).size, 0);
  assert.throws(() => decodeRegistryConfig(base64("[]")), /into Go value of type map\[string\]registry.AuthConfig/);
  assert.throws(() => decodeRegistryConfig("%"), { message: "invalid X-Registry-Config header: must be a valid base64url-encoded string" });
  const auths = { "r:5000": { username: "ü", password: "p" }, "[::1]:5000": { registryToken: "t" } };
  assert.deepEqual(Object.fromEntries(decodeRegistryConfig(encodeRegistryConfig(auths))), auths);
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64url");
}
