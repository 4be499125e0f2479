import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { explainJsonError, JSON_ENDS_EARLY } from "#json";
import { parseJsonBody } from "./go-json.ts";
import { parsePlatformJson } from "./platform-parameter.ts";

describe("explainJsonError()", () => {
  const cases: readonly [string, string][] = [
    ["linux/amd64", "invalid character 'l' looking for beginning of value"],
    ["foo", "invalid character 'o' in literal false (expecting 'a')"],
    ["tru3", "invalid character '3' in literal true (expecting 'e')"],
    ["", JSON_ENDS_EARLY],
    ["  ", JSON_ENDS_EARLY],
    ["{", JSON_ENDS_EARLY],
    ["nul", JSON_ENDS_EARLY],
    ["-", JSON_ENDS_EARLY],
    ['{"os":"l', JSON_ENDS_EARLY],
    ['{"os":"\\u12', JSON_ENDS_EARLY],
    ["[[1,2],[3]", JSON_ENDS_EARLY],
    ['{"os":"linux",}', "invalid character '}' looking for beginning of object key string"],
    ["{1}", "invalid character '1' looking for beginning of object key string"],
    ["{'os'}", "invalid character '\\'' looking for beginning of object key string"],
    ['{"os" "linux"}', "invalid character '\"' after object key"],
    ['{"a":{"b":1]}', "invalid character ']' after object key:value pair"],
    ['{"a":01}', "invalid character '1' after object key:value pair"],
    ['{"a":[1,2}}', "invalid character '}' after array element"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ["{} x", "invalid character 'x' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ["-x", "invalid character 'x' in numeric literal"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ["1e+x", "invalid character 'x' in exponent of numeric literal"],
    ["é", "invalid character 'Ã' looking for beginning of value"],
  ];
  for (const [text, expected] of cases) {
    it(`explains ${JSON.stringify(text)}`, () => assert.equal(explainJsonError(text), expected));
  }

  it("finds a fault in every text that is not JSON, and none in JSON", () => {
    const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"\\-e. x')).map(([text, at, character]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + character + text.slice(place + 1);
    });
    fc.assert(
      fc.property(broken, (text) => {
        const words = explainJsonError(text);
        assert.ok(isJson(text) ? words === JSON_ENDS_EARLY : words === JSON_ENDS_EARLY || words.startsWith("invalid character '"), text);
      }),
    );
  });

  it("says that a text ends early for every cut of a JSON text, and for nothing else", () => {
    fc.assert(
      fc.property(
        fc.object().map((value) => JSON.stringify(value)),
        fc.nat(),
        (text, at) => {
          assert.equal(explainJsonError(text.slice(0, at % text.length)), JSON_ENDS_EARLY);
          assert.notEqual(explainJsonError(`${text.slice(0, at % text.length)}\u0001`), JSON_ENDS_EARLY);
        },
      ),
    );
  });

  it("takes bounded time and no stack on deep nesting", () => {
    assert.equal(explainJsonError("[".repeat(200_000)), JSON_ENDS_EARLY);
    assert.match(explainJsonError(`${'{"a":'.repeat(100_000)}1${"]".repeat(100_000)}`), /after object key:value pair/);
  });
});

describe("parseJsonBody()", () => {
  const refusals: readonly [string, string][] = [
    ["", "invalid JSON: got EOF while reading request body"],
    [" \n", "invalid JSON: got EOF while reading request body"],
    ["{", "invalid JSON: unexpected EOF"],
    ['{"a":1}x', "unexpected content after JSON"],
    ['{"a":1}{}', "unexpected content after JSON"],
    ["{x", "invalid JSON: invalid character 'x' looking for beginning of object key string"],
  ];
  for (const [text, message] of refusals) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseJsonBody(text), { kind: "invalid-argument", message }));
  }

  it("reads one value", () => assert.deepEqual(parseJsonBody(' {"a":[1]} '), { a: [1] }));
});

describe("parsePlatformJson()", () => {
  it("reads members in whatever case, and leaves empty ones out", () => {
    assert.deepEqual(parsePlatformJson('{"OS":"linux","Architecture":"amd64","variant":"","other":1}'), {
      os: "linux",
      architecture: "amd64",
    });
    assert.deepEqual(
      parsePlatformJson('{"os":"windows","architecture":"amd64","variant":"v2","os.version":"10","os.features":["a",null]}'),
      {
        os: "windows",
        architecture: "amd64",
        variant: "v2",
        "os.version": "10",
        "os.features": ["a", ""],
      },
    );
  });

  const incomplete = "both OS and Architecture must be provided";
  const optional = "optional platform fields provided, but OS and Architecture are missing";
  const refusals: readonly [string, string][] = [
    ["linux/amd64", "failed to parse platform: invalid character 'l' looking for beginning of value"],
    ["{", "failed to parse platform: unexpected end of JSON input"],
    ["[]", "failed to parse platform: json: cannot unmarshal array into Go value of type v1.Platform"],
    ['""', "failed to parse platform: json: cannot unmarshal string into Go value of type v1.Platform"],
    ["1", "failed to parse platform: json: cannot unmarshal number into Go value of type v1.Platform"],
    ["true", "failed to parse platform: json: cannot unmarshal bool into Go value of type v1.Platform"],
    ['{"os":{}}', "failed to parse platform: json: cannot unmarshal object into Go struct field Platform.os of type string"],
    [
      '{"os.features":"x"}',
      "failed to parse platform: json: cannot unmarshal string into Go struct field Platform.os.features of type []string",
    ],
    [
      '{"os.features":[1]}',
      "failed to parse platform: json: cannot unmarshal number into Go struct field Platform.os.features of type string",
    ],
    ["null", incomplete],
    ["{}", incomplete],
    ['{"os":"linux"}', incomplete],
    ['{"architecture":"amd64","variant":"v2"}', incomplete],
    ['{"os":null,"architecture":null}', incomplete],
    ['{"variant":"v7"}', optional],
    ['{"os.version":"1"}', optional],
    ['{"os.features":["a"]}', optional],
  ];
  for (const [text, message] of refusals) {
    it(`refuses ${text}`, () => assert.throws(() => parsePlatformJson(text), { kind: "invalid-argument", message }));
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
