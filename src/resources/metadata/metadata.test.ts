import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import { isEngineError } from "#errors";
import { digestOf } from "#oci";
import type { Descriptor, Digest } from "#oci";
import { Database } from "./database.ts";
import { Metadata } from "./metadata.ts";
import { NamesJournal } from "./names-journal.ts";
import { SCHEMA_STEPS } from "./schema.ts";

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
});

test("durable() waits for the disk when something has changed since, and only then", async () => {
  using metadata = open();
  async function takesTime(): Promise<boolean> {
    let isDone = false;
    const done = metadata.durable().then(() => (isDone = true));
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    const wasDone = isDone;
    await done;
    return !wasDone;
  }
  assert.equal(await takesTime(), true);
  assert.equal(await takesTime(), false);
  metadata.transaction(() => metadata.names.put("docker.io/library/x:1", image, index));
  assert.equal(await takesTime(), true);
  metadata.transaction(() => metadata.names.remove("docker.io/library/y:1"));
  assert.equal(await takesTime(), false);
  metadata.transaction(() => metadata.names.put("docker.io/library/y:1", image, index));
  const first = metadata.durable();
  metadata.transaction(() => metadata.names.remove("docker.io/library/x:1"));
  await first;
  assert.equal(await takesTime(), true);
});

test("tables need a rebuild until somebody says that it is done, however often they are opened", async () => {
  for (let opening = 0; opening < 2; opening++) {
    using metadata = open();
    assert.equal(metadata.needsRebuild, true);
  }
  {
    using metadata = open();
    await metadata.setBuilt();
  }
  using metadata = open();
  assert.equal(metadata.needsRebuild, false);
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

test("an upload keeps its blob until it is released, and is never cut short", () => {
  using metadata = open();
  metadata.transaction(() => {
    metadata.blobs.put(layer, 10);
    metadata.uploads.keep(layer, new Date(2000));
    metadata.uploads.keep(layer, new Date(1000));
  });
  assert.ok(metadata.blobs.isLive(layer));
  assert.deepEqual([metadata.uploads.nextEnd(), metadata.uploads.keptUntil(layer)], [new Date(2000), new Date(2000)]);
  assert.deepEqual([metadata.uploads.endedBy(new Date(1999)), metadata.uploads.endedBy(new Date(2000))], [[], [layer]]);
  metadata.transaction(() => metadata.uploads.release([layer]));
  assert.ok(!metadata.blobs.isLive(layer));
  assert.equal(metadata.uploads.nextEnd(), undefined);
});

test("what speaks of a manifest lives as long as it does, and so does what speaks of that", () => {
  using metadata = open();
  storeGraph(metadata);
  const [signature, content, remark] = ["signature", "content", "remark"].map(digestOf) as [Digest, Digest, Digest];
  const descriptor = (digest: Digest): Descriptor => ({ mediaType: "m", digest, size: 1, artifactType: `type/${digest}` });
  metadata.transaction(() => {
    for (const digest of [signature, content, remark]) metadata.blobs.put(digest, 1);
    metadata.blobs.link(signature, [content]);
    metadata.referrers.put(manifest, descriptor(signature));
    metadata.referrers.put(signature, descriptor(remark));
  });
  assert.ok([signature, content, remark].every((digest) => metadata.blobs.isLive(digest)));
  assert.deepEqual(metadata.blobs.livesWith(index).toSorted(), [index, manifest, config, layer, signature, content, remark].toSorted());
  assert.deepEqual(metadata.referrers.of(manifest, { after: "", limit: 9 }), [descriptor(signature)]);
  assert.deepEqual(metadata.referrers.of(manifest, { after: signature, limit: 9 }), []);
  assert.deepEqual(metadata.referrers.of(manifest, { after: "", limit: 9, artifactType: "another" }), []);
  assert.deepEqual(metadata.referrers.descriptorOf(remark), descriptor(remark));
  metadata.transaction(() => metadata.images.remove(image));
  assert.ok([signature, content, remark].every((digest) => !metadata.blobs.isLive(digest)));
  metadata.transaction(() => metadata.blobs.remove([signature]));
  assert.equal(metadata.referrers.descriptorOf(signature), undefined);
});

test("a repository's tags come in pages, case last; digests and neighbours are none of them", () => {
  using metadata = open();
  const names = [
    "h:5000/x:b",
    "h:5000/x:B",
    "h:5000/x:a",
    "h:5000/x:_",
    `h:5000/x@${index}`,
    "h:5000/x/y:c",
    "h:5000/x-y:c",
    "h:5000/xy:c",
  ];
  metadata.transaction(() => names.forEach((name) => metadata.names.put(name, image, index)));
  const page = (after: string, limit = 9): string[] => metadata.names.tagsIn("h:5000/x", { after, limit });
  assert.deepEqual(page(""), ["_", "a", "B", "b"]);
  assert.deepEqual([page("", 2), page("a", 2), page("b"), page("A")], [["_", "a"], ["B", "b"], [], ["a", "B", "b"]]);
});

test("a repository reaches what its names stand for, whatever is inside and whatever speaks of it", () => {
  using metadata = open();
  storeGraph(metadata);
  const remark = digestOf("remark");
  metadata.transaction(() => {
    metadata.referrers.put(manifest, { mediaType: "m", digest: remark, size: 1 });
    metadata.names.put("docker.io/library/x:1", image, index);
    metadata.names.put(`docker.io/library/y@${index}`, image, index);
  });
  for (const repository of ["docker.io/library/x", "docker.io/library/y"]) {
    assert.ok([index, manifest, layer, remark].every((digest) => metadata.names.reaches(repository, digest)));
    assert.ok(!metadata.names.reaches(repository, digestOf("foreign")));
  }
  assert.ok(!metadata.names.reaches("docker.io/library/z", index));
});

test("tables of version 1 are brought up to date with what is in them", () => {
  const [first = ""] = SCHEMA_STEPS;
  const database = new DatabaseSync(join(root, "meta.db"));
  database.exec(`PRAGMA journal_mode = WAL; ${first} PRAGMA user_version = 1; INSERT INTO blobs VALUES ('${layer}', 7)`);
  database.close();
  using metadata = open();
  assert.equal(metadata.blobs.find(layer), 7);
  assert.deepEqual(metadata.uploads.endedBy(new Date()), []);
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

test("a journal that is behind its table is written anew, and one that is not stays the file it is", () => {
  using metadata = open();
  metadata.transaction(() => metadata.names.put("docker.io/library/a:1", image, index));
  const journal = join(root, "names.journal");
  const { ino } = statSync(journal);
  metadata.compactNames();
  assert.equal(statSync(journal).ino, ino);
  truncateSync(journal, 10);
  metadata.compactNames();
  assert.deepEqual(NamesJournal.read(root), metadata.names.all());
});

test("a journal far longer than its table is written anew", () => {
  using metadata = open();
  for (let turn = 0; turn < 1000; turn++) metadata.transaction(() => metadata.names.put("docker.io/library/a:1", image, index));
  metadata.compactNames();
  assert.equal(readFileSync(join(root, "names.journal"), "utf8").split("\n").length, 2);
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
    assert.equal(metadata.needsRebuild, true);
  });
}

test("what a container stands on lives as long as it does", () => {
  using metadata = open();
  metadata.transaction(() => {
    metadata.blobs.put(layer, 10);
    metadata.containerBlobs.put("c1", [layer, config]);
    metadata.containerBlobs.put("c2", [layer]);
  });
  assert.ok(metadata.blobs.isLive(layer));
  assert.deepEqual(new Set(metadata.transaction(() => metadata.containerBlobs.remove("c1"))), new Set([layer, config]));
  assert.deepEqual([metadata.blobs.isLive(layer), metadata.containerBlobs.containers()], [true, ["c2"]]);
  metadata.transaction(() => metadata.containerBlobs.remove("c2"));
  assert.ok(!metadata.blobs.isLive(layer));
});

test("tables of version 5, before there were containers, are brought up to date", () => {
  const database = new DatabaseSync(join(root, "meta.db"));
  database.exec(
    `PRAGMA journal_mode = WAL; ${SCHEMA_STEPS.slice(0, 5).join("")} PRAGMA user_version = 5; INSERT INTO blobs VALUES ('${layer}', 7)`,
  );
  database.close();
  using metadata = open();
  metadata.transaction(() => metadata.containerBlobs.put("c", [layer]));
  assert.deepEqual([metadata.blobs.find(layer), metadata.blobs.isLive(layer)], [7, true]);
});
