import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buffer, text } from "node:stream/consumers";
import { decodeForm, encodeForm, formBoundary } from "./multipart.ts";

const FORM = [
  "a line before the first boundary\r\n",
  '--xX\r\nContent-Disposition: form-data; name="secret:a"\r\n\r\n1\r\n--x\r\n2\r\n',
  '--xX\r\nContent-Type: application/x-tar\r\ncontent-disposition: form-data; filename="f"; name="c\\"d%22e"\r\n\r\n\r\n',
  '--xX\r\nContent-Disposition: form-data; name="context"; filename="name.tar"\r\n\r\n\r\n\r\n--xX--\r\nand behind the last\r\n',
].join("");
const READ = [
  ["secret:a", "1\r\n--x\r\n2"],
  ['c"d"e', ""],
  ["context", "\r\n"],
];

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function read(body: AsyncIterable<Uint8Array>, boundary = "xX"): Promise<unknown[]> {
  const parts: unknown[] = [];
  for await (const part of decodeForm(body, boundary)) parts.push([part.name, await text(part.body)]);
  return parts;
}

describe("decodeForm()", () => {
  it("reads the same however the bytes come", async () => {
    const form = Buffer.from(FORM);
    for (let size = 1; size <= form.byteLength; size += 1) assert.deepEqual(await read(inPieces(form, size)), READ, `pieces of ${size}`);
  });

  it("goes past what nobody reads", async () => {
    const names: string[] = [];
    for await (const { name } of decodeForm(inPieces(Buffer.from(FORM), 7), "xX")) names.push(name);
    assert.deepEqual(
      names,
      READ.map(([name]) => name),
    );
  });

  it("reads what encodeForm() writes", async () => {
    const noise = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7919) % 256));
    const form = await buffer(encodeForm([{ name: 'a "b"', body: inPieces(noise, 1000) }], "qq"));
    const parts: Buffer[] = [];
    for await (const { name, body } of decodeForm(inPieces(form, 333), "qq")) {
      assert.equal(name, 'a "b"');
      parts.push(await buffer(body));
    }
    assert.ok(parts[0]?.equals(noise));
  });

  const BROKEN: readonly (readonly [form: string, reason: string])[] = [
    ["", "it ends in the middle of a part"],
    ["no form", "it ends in the middle of a part"],
    [FORM.slice(0, 100), "it ends in the middle of a part"],
    [FORM.slice(0, FORM.indexOf("--xX--") + 4), "it ends in the middle of a part"],
    ["--xX\r\nX: y\r\n\r\nz\r\n--xX--", 'a part has no header Content-Disposition: form-data; name="…"'],
    [
      '--xX\r\nContent-Disposition: form-data; filename="name"\r\n\r\nz\r\n--xX--',
      'a part has no header Content-Disposition: form-data; name="…"',
    ],
    ["--xXy\r\n\r\n", "a boundary is followed by something else than a line end"],
    [`--xX\r\nX: ${"y".repeat(20_000)}`, "the headers of a part are larger than 16384 bytes"],
  ];
  for (const [form, reason] of BROKEN) {
    it(`refuses ${JSON.stringify(form.slice(0, 60))}`, async () => {
      await assert.rejects(read(inPieces(Buffer.from(form), 50)), { kind: "invalid-argument", message: `cannot read the form: ${reason}` });
    });
  }

  it("lets go of the bytes when it is left", async () => {
    let isClosed = false;
    const body = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from(FORM);
      } finally {
        isClosed = true;
      }
    };
    for await (const _ of decodeForm(body(), "xX")) break;
    assert.ok(isClosed);
  });
});

describe("formBoundary()", () => {
  it("finds the boundary of forms, and nothing for other bodies", () => {
    assert.equal(formBoundary("Multipart/Form-Data; charset=x; boundary=aB-1"), "aB-1");
    assert.equal(formBoundary('multipart/form-data; boundary="a b"'), "a b");
    assert.equal(formBoundary("application/x-tar"), undefined);
    assert.equal(formBoundary(undefined), undefined);
    assert.throws(() => formBoundary("multipart/form-data"), { kind: "invalid-argument" });
  });
});
