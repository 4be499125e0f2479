import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { decodeJsonStream, encodeProgress } from "./json-stream.ts";
import type { ProgressJson } from "./shapes/index.ts";

describe("encodeProgress()", () => {
  const cases: readonly [ProgressJson, string][] = [
    [{ id: "abc", progressDetail: {}, status: "Pulling fs layer" }, '{"status":"Pulling fs layer","progressDetail":{},"id":"abc"}'],
    [{ stream: " ---> <a&b>\n" }, '{"stream":" ---\\u003e \\u003ca\\u0026b\\u003e\\n"}'],
    [{ error: "E", errorDetail: { code: 2, message: "E" } }, '{"errorDetail":{"code":2,"message":"E"},"error":"E"}'],
    [{ status: "", stream: "" }, "{}"],
    [{ aux: { ID: "sha256:…" } }, '{"aux":{"ID":"sha256:…"}}'],
    [{ stream: "\u2028" }, '{"stream":"\\u2028"}'],
  ];
  for (const [message, expected] of cases) {
    it(`writes ${expected}`, () => assert.equal(encodeProgress(message), `${expected}\r\n`));
  }
});

describe("decodeJsonStream()", () => {
  const text = '{"a":1}\r\n {"b":"}{\\"\\\\"}{"c":{"d":["☺{"]}}\n\u001e{"e":\n{}}\n';
  const expected = [{ a: 1 }, { b: '}{"\\' }, { c: { d: ["☺{"] } }, { e: {} }];

  it("reads the same at every cut", async () => {
    const bytes = new TextEncoder().encode(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      assert.deepEqual(await collect([bytes.subarray(0, cut), bytes.subarray(cut)]), expected, `cut at ${cut}`);
    }
  });

  it("reads the same byte by byte", async () => {
    const bytes = new TextEncoder().encode(text);
    assert.deepEqual(await collect(Array.from(bytes, (byte) => Uint8Array.of(byte))), expected);
  });

  it("gives each object as soon as its last byte is there", async () => {
    const objects = decodeJsonStream(neverEnding('{"a":1}{"b":2}{"c'));
    assert.deepEqual(await objects.next(), { done: false, value: { a: 1 } });
    assert.deepEqual(await objects.next(), { done: false, value: { b: 2 } });
    await objects.return();
  });

  it("lets go of its source when its reader does", async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new TextEncoder().encode("{}");
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of decodeJsonStream(source())) break;
    assert.ok(isClosed);
  });

  const refusals: readonly [string, string][] = [
    ['{"a":1}[]', "cannot read the stream: expected an object, found byte 0x5b"],
    ["<html>", "cannot read the stream: expected an object, found byte 0x3c"],
    ['{"a":1}{"b"', "cannot read the stream: it ended inside an object"],
    [`{"a":"${"x".repeat(100)}"}`, "cannot read the stream: an object is larger than 64 bytes"],
  ];
  for (const [given, message] of refusals) {
    it(`refuses ${given.slice(0, 20)}`, async () => {
      await assert.rejects(collect([new TextEncoder().encode(given)], 64), { kind: "data-loss", message });
    });
  }

  it("refuses an object that is too large before it has ended", async () => {
    await assert.rejects(
      collect(
        Array.from({ length: 100 }, () => new TextEncoder().encode("{")),
        64,
      ),
      /larger than 64 bytes/,
    );
  });

  it("refuses what looks like an object and is none", async () => {
    await assert.rejects(collect([new TextEncoder().encode("{a}")]), (error) => isEngineError(error, "data-loss"));
  });

  it("reads what encodeProgress() writes", async () => {
    const messages = fc.array(fc.record({ stream: fc.string({ minLength: 1, unit: "binary" }), aux: fc.jsonValue() }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(messages, fc.integer({ min: 1, max: 20 }), async (given, size) => {
        const bytes = new TextEncoder().encode(given.map((message) => encodeProgress(message)).join(""));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        assert.deepEqual(await collect(chunks), JSON.parse(JSON.stringify(given)));
      }),
    );
  });
});

async function collect(chunks: readonly Uint8Array[], maxObjectSize?: number): Promise<unknown[]> {
  const objects: unknown[] = [];
  const options = maxObjectSize === undefined ? {} : { maxObjectSize };
  for await (const object of decodeJsonStream(streamOf(chunks), options)) objects.push(object);
  return objects;
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* neverEnding(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
  await new Promise<never>(() => undefined);
}
