import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { encodeTarHeader } from "#archive";
import { dockerArchive, imageOf, tarOf } from "../workbench/index.ts";
import { names, TemporaryRoot } from "./engine-fixture.ts";

const good = imageOf([[{ name: "etc/hosts", data: "127.0.0.1 localhost" }]]);
const GOOD = tarOf(dockerArchive([{ image: good, tags: ["good:1"] }]));
const MIB = 1024 ** 2;

/** A member whose header promises more than anybody would read; its bytes go on for as long as they are asked for. */
async function* member(path: string, size: number, filler: Uint8Array): AsyncGenerator<Uint8Array> {
  yield encodeTarHeader({ path, type: "file", mode: 0o644, size });
  for (let sent = 0; sent < size; sent += filler.byteLength) yield filler.subarray(0, Math.min(filler.byteLength, size - sent));
}

async function* documents(count: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(`{${" ".repeat(2 * MIB - 2)}}`);
  for (let index = 0; index < count; index += 1) {
    yield encodeTarHeader({ path: `${index}.json`, type: "file", mode: 0o644, size: bytes.byteLength });
    yield bytes;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const deep = `${"d/".repeat(1500)}f`;
const hostileLayer = (path: string): Buffer => {
  const header = encodeTarHeader({ path, type: "file", mode: 0o644, size: 0 });
  const layer = Buffer.concat([header, Buffer.alloc(1024)]);
  return tarOf(dockerArchive([{ image: imageOf([layer]), tags: ["bad:1"] }]));
};

for (const [what, archive, message] of [
  [
    "an index.json of 5 GB",
    () => member("index.json", 5e9, Buffer.alloc(MIB, " ")),
    /^cannot read "index\.json": 5000000000 bytes is more than/,
  ],
  [
    "a manifest.json of 5 GB",
    () => member("manifest.json", 5e9, Buffer.alloc(MIB, " ")),
    /^cannot read "manifest\.json": 5000000000 bytes is more than/,
  ],
  [
    "a config of 5 GB",
    () => member("config.json", 5e9, Buffer.alloc(MIB, "{")),
    /^cannot read "config\.json": 5000000000 bytes is more than/,
  ],
  ["documents beyond all measure", () => documents(40), /its documents are larger than/],
  ["a name 1,500 folders deep in a layer", () => once(hostileLayer(deep)), /cannot read layer 0 .*(components|deep)/],
  ["a name that leads out of a layer", () => once(hostileLayer("a/../../../etc/passwd")), /cannot read layer 0 .*invalid entry name/],
  ["a whiteout of the parent folder", () => once(hostileLayer("a/.wh..")), /cannot read layer 0 .*invalid entry name/],
  [
    "5 GB of zeros in gzip",
    () => once(bomb(gzipSync(Buffer.alloc(64 * MIB)), 72)),
    /expands to more than|invalid tar|does not contain a manifest\.json/,
  ],
  ["5 GB of zeros in zstd", () => once(bomb(zstdCompressSync(Buffer.alloc(64 * MIB)), 72)), /expands to more than/],
] as const) {
  test(`${what} is refused; nothing stays, and the engine goes on`, { timeout: 60_000 }, async () => {
    await using root = await TemporaryRoot.make();
    await using engine = await root.open();
    await assert.rejects(Array.fromAsync(engine.images.load({ archive: archive() })), { name: "EngineError", message });
    assert.deepEqual([await root.blobs(), await root.unfinished()], [[], []]);
    await Array.fromAsync(engine.images.load({ archive: once(GOOD) }));
    assert.deepEqual(await names(engine), ["good:1"]);
  });
}

/** One compressed piece, many times over: both formats allow members to follow one another. */
function bomb(piece: Uint8Array, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => piece));
}
