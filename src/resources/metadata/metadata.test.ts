import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { isEngineError } from "#errors";
import { digestOf } from "#oci";
import { Database } from "./database.ts";
import { Metadata } from "./metadata.ts";
import { NamesJournal } from "./names-journal.ts";

const image = digestOf("image");
const index = digestOf("index");
const manifest = digestOf("manifest");
const config = digestOf("config");
const layer = digestOf("layer");
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "slipway-metadata-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function open(): Metadata {
  return Metadata.open(root, { durable: true });
}

/** index → manifest → config and layer, with the index as an image's target. */
function storeGraph(metadata: Metadata): void {
  metadata.transaction(() => {
    for (const digest of [index, manifest, config, layer]) metadata.blobs.put(digest, 10);
    metadata.blobs.link(index, [manifest]);
    metadata.blobs.link(manifest, [config, layer]);
    metadata.images.putTarget(image, { mediaType: "x", digest: index, size: 10 }, []);
  });
}

test("a transaction that throws changes nothing and is not in the journal", () => {
  using metadata = open();
  assert.throws(() =>
    metadata.transaction(() => {
      metadata.names.put("docker.io/library/x:1", image, index);
      throw new Error("stop");
    }),
  );
  assert.deepEqual(metadata.names.all(), []);
  metadata.transaction(() => metadata.names.put("docker.io/library/y:1", image, index));
  assert.deepEqual(
    NamesJournal.read(root).map((record) => record.name),
    ["docker.io/library/y:1"],
  );
});

test("what was committed is there after the next opening, and durable() resolves for everybody who waits", async () => {
  {
    using metadata = open();
    metadata.transaction(() => metadata.names.put("docker.io/library/x:1", image, index));
    await Promise.all([metadata.durable(), metadata.durable(), metadata.durable()]);
  }
  using metadata = open();
  assert.deepEqual(metadata.names.all(), [{ name: "docker.io/library/x:1", image, target: index }]);
  assert.equal(metadata.isNew, false);
});

test("a data root knows whether it was closed in peace", () => {
  const first = open();
  assert.equal(first.wasClosed, false);
  first[Symbol.dispose]();
  const second = open();
  assert.equal(second.wasClosed, true);
  second[Symbol.dispose]();
});

test("a blob lives while a target reaches it, and no longer", () => {
  using metadata = open();
  storeGraph(metadata);
  const all = [index, manifest, config, layer];
  assert.ok(all.every((digest) => metadata.blobs.isLive(digest)));
  assert.deepEqual(
    all.map((digest) => metadata.blobs.isLive(digest, { except: manifest })),
    [true, false, false, false],
  );
  metadata.transaction(() => metadata.images.removeTarget(image, index));
  assert.ok(all.every((digest) => !metadata.blobs.isLive(digest)));
});

test("closure and isComplete follow references through every level", () => {
  using metadata = open();
  storeGraph(metadata);
  assert.deepEqual(new Set(metadata.blobs.closure(index).map((blob) => blob.digest)), new Set([index, manifest, config, layer]));
  assert.equal(metadata.blobs.isComplete(index), true);
  metadata.transaction(() => metadata.blobs.remove([layer]));
  assert.equal(metadata.blobs.isComplete(index), false);
  assert.equal(metadata.blobs.isComplete(config), true);
});

test("removing a blob names the trees that nothing holds any more", () => {
  using metadata = open();
  const tree = digestOf("tree");
  const twin = digestOf("the same tree, compressed");
  metadata.transaction(() => {
    for (const blob of [layer, twin]) {
      metadata.blobs.put(blob, 10);
      metadata.blobs.putLayer(blob, tree, 100);
    }
  });
  assert.deepEqual(
    metadata.transaction(() => metadata.blobs.remove([layer])),
    [],
  );
  assert.deepEqual(
    metadata.transaction(() => metadata.blobs.remove([twin])),
    [tree],
  );
});

test("the journal gives back the last word about each name and passes over torn lines", () => {
  {
    using metadata = open();
    metadata.transaction(() => {
      metadata.names.put("docker.io/library/a:1", image, index);
      metadata.names.put("docker.io/library/b:1", image, index);
    });
    metadata.transaction(() => metadata.names.remove("docker.io/library/a:1"));
    metadata.transaction(() => metadata.names.put("docker.io/library/b:1", config, manifest));
  }
  appendFileSync(join(root, "names.journal"), '{"name":"docker.io/library/c:1","image":"sha2');
  assert.deepEqual(NamesJournal.read(root), [{ name: "docker.io/library/b:1", image: config, target: manifest }]);
});

test("compacting keeps the live names and forgets the rest", () => {
  using metadata = open();
  metadata.transaction(() => metadata.names.put("docker.io/library/a:1", image, index));
  metadata.transaction(() => metadata.names.remove("docker.io/library/a:1"));
  metadata.transaction(() => metadata.names.put("docker.io/library/b:1", image, index));
  metadata.compactNames({ force: true });
  metadata.transaction(() => metadata.names.put("docker.io/library/c:1", image, index));
  assert.deepEqual(
    NamesJournal.read(root).map((record) => record.name),
    ["docker.io/library/b:1", "docker.io/library/c:1"],
  );
});

for (const [what, damage] of [
  ["overwritten with text", (path: string) => writeFileSync(path, "this is no database, and long enough to be read as one: ".repeat(100))],
  ["cut in the middle", (path: string) => truncateSync(path, 5000)],
] as const) {
  test(`a database ${what} is data-loss, and can be put aside`, async () => {
    open()[Symbol.dispose]();
    damage(join(root, "meta.db"));
    assert.throws(
      () => {
        using metadata = open();
        metadata.names.all();
        metadata.images.all();
      },
      (error) => isEngineError(error, "data-loss"),
    );
    const aside = await Database.putAside(root, new Date(0));
    assert.match(aside, /meta\.db\.damaged-1970-01-01T00-00-00\.000Z$/);
    using metadata = open();
    assert.equal(metadata.isNew, true);
  });
}
