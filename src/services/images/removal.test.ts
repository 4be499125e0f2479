import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { isEngineError } from "#errors";
import { EventJournal } from "#events";
import { Metadata } from "#metadata";
import { chainIds, digestOf, shortId } from "#oci";
import type { ImageId } from "#oci";
import { Catalog } from "./catalog.ts";
import type { ImageUser } from "./image-deps.ts";
import { RemovalRun } from "./removal.ts";

let root: string;
let metadata: Metadata;
let catalog: Catalog;
let users: Map<ImageId, ImageUser[]>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "slipway-removal-"));
  metadata = Metadata.open(root, { durable: false });
  catalog = new Catalog(metadata);
  users = new Map();
});
afterEach(() => {
  metadata[Symbol.dispose]();
  rmSync(root, { recursive: true });
});

const OPTIONS = { force: false, keepParents: false };
const canonical = (name: string): string => (name.includes("/") ? `docker.io/${name}` : `docker.io/library/${name}`);

/** An image of the given layers; its ID is made from its key. */
function addImage(key: string, options: { names?: string[]; parent?: ImageId; layers?: string[] } = {}): ImageId {
  const id = digestOf(key);
  const diffIds = (options.layers ?? [key]).map(digestOf);
  const chain = chainIds(diffIds);
  catalog.change((change) => {
    change.putImage(
      {
        id,
        target: id,
        manifest: id,
        parent: options.parent,
        created: 1,
        size: 10,
        labels: undefined,
        lastTagged: undefined,
        recorded: new Date(0),
      },
      diffIds.map((diffId, index) => ({ diffId, chainId: chain[index] ?? diffId, size: 10 })),
    );
    change.putTarget(id, { mediaType: "x", digest: id, size: 1 }, []);
    for (const name of options.names ?? []) change.putName(canonical(name), id, id);
  });
  return id;
}

function use(id: ImageId, isRunning: boolean): void {
  users.set(id, [{ containerId: "c".repeat(64), isRunning, reference: "as typed" }]);
}

function run(work: (run: RemovalRun) => void): RemovalRun {
  const events = new EventJournal();
  return catalog.change((change) => {
    const removal = new RemovalRun({ catalog, metadata, events, users: { usersOf: (id) => users.get(id) ?? [] } }, change);
    work(removal);
    return removal;
  });
}

function refuses(work: (run: RemovalRun) => void, message: string): void {
  assert.throws(
    () => run(work),
    (error) => isEngineError(error, "conflict") && error.message === message,
  );
}

test("removing one of several names only untags", () => {
  const id = addImage("a", { names: ["a:1", "a:2"] });
  const { removals } = run((removal) => removal.removeName(canonical("a:1"), "a:1", OPTIONS));
  assert.deepEqual(removals, [{ untagged: "a:1" }]);
  assert.deepEqual(catalog.namesOf(id), [canonical("a:2")]);
});

test("removing the last name deletes the image and names its layers, topmost first", () => {
  const id = addImage("a", { names: ["a:1"], layers: ["base", "top"] });
  const { removals, reclaimed } = run((removal) => removal.removeName(canonical("a:1"), "a:1", OPTIONS));
  const [base, top] = chainIds([digestOf("base"), digestOf("top")]);
  assert.deepEqual(removals, [{ untagged: "a:1" }, { deleted: id }, { deleted: top }, { deleted: base }]);
  assert.equal(reclaimed, 20);
  assert.equal(catalog.find(id), undefined);
});

test("layers that another image stands upon are not deleted", () => {
  addImage("other", { layers: ["base"] });
  const id = addImage("a", { names: ["a:1"], layers: ["base", "top"] });
  const { removals } = run((removal) => removal.removeName(canonical("a:1"), "a:1", OPTIONS));
  assert.deepEqual(removals, [{ untagged: "a:1" }, { deleted: id }, { deleted: chainIds([digestOf("base"), digestOf("top")])[1] }]);
});

test("the digests of a repository go with its last tag, those of others stay", () => {
  const digest = digestOf("manifest");
  const id = addImage("a", { names: ["a:1", `a@${digest}`, `b@${digest}`] });
  const { removals } = run((removal) => removal.removeName(canonical("a:1"), "a:1", OPTIONS));
  assert.deepEqual(removals, [{ untagged: "a:1" }, { untagged: `a@${digest}` }]);
  assert.deepEqual(catalog.namesOf(id), [canonical(`b@${digest}`)]);
});

test("removing a digest keeps the tags", () => {
  const digest = digestOf("manifest");
  const id = addImage("a", { names: ["a:1", `a@${digest}`] });
  const { removals } = run((removal) => removal.removeName(canonical(`a@${digest}`), `a@${digest}`, OPTIONS));
  assert.deepEqual(removals, [{ untagged: `a@${digest}` }]);
  assert.deepEqual(catalog.namesOf(id), [canonical("a:1")]);
});

test("an ID with names in several repositories must be forced", () => {
  const id = addImage("a", { names: ["a:1", "b:1"] });
  refuses(
    (removal) => removal.removeById(id, OPTIONS),
    `conflict: unable to delete ${shortId(id)} (must be forced) - image is referenced in multiple repositories`,
  );
  const { removals } = run((removal) => removal.removeById(id, { ...OPTIONS, force: true }));
  assert.deepEqual(removals.slice(0, 3), [{ untagged: "a:1" }, { untagged: "b:1" }, { deleted: id }]);
});

test("an ID whose only name is one tag needs no force", () => {
  const id = addImage("a", { names: ["a:1"] });
  const { removals } = run((removal) => removal.removeById(id, OPTIONS));
  assert.deepEqual(removals.slice(0, 2), [{ untagged: "a:1" }, { deleted: id }]);
});

test("children keep their parent, even by force; its last name only goes away", () => {
  const parent = addImage("parent", { names: ["p:1"] });
  addImage("child", { parent, names: ["c:1"] });
  const message = `conflict: unable to delete ${shortId(parent)} (cannot be forced) - image has dependent child images`;
  refuses((removal) => removal.removeById(parent, { ...OPTIONS, force: true }), message);
  const { removals } = run((removal) => removal.removeName(canonical("p:1"), "p:1", OPTIONS));
  assert.deepEqual(removals, [{ untagged: "p:1" }]);
  assert.notEqual(catalog.find(parent), undefined);
});

test("untagged parents go with their last child, unless they are to be kept", () => {
  for (const keepParents of [false, true]) {
    const grandparent = addImage("grandparent", { layers: ["g"] });
    const parent = addImage("parent", { parent: grandparent, layers: ["g", "p"] });
    const child = addImage("child", { parent, names: ["c:1"], layers: ["g", "p", "c"] });
    const { removals } = run((removal) => removal.removeName(canonical("c:1"), "c:1", { force: false, keepParents }));
    const deleted = removals.flatMap((removal) => ("deleted" in removal ? [removal.deleted] : []));
    assert.equal(deleted.includes(child), true);
    assert.equal(deleted.includes(parent), !keepParents);
    assert.equal(deleted.includes(grandparent), !keepParents);
  }
});

test("a tagged parent stays", () => {
  const parent = addImage("parent", { names: ["p:1"] });
  addImage("child", { parent, names: ["c:1"] });
  run((removal) => removal.removeName(canonical("c:1"), "c:1", OPTIONS));
  assert.notEqual(catalog.find(parent), undefined);
});

test("a container keeps the only name of its image, unless forced", () => {
  const id = addImage("a", { names: ["a:1"] });
  use(id, false);
  refuses(
    (removal) => removal.removeName(canonical("a:1"), "a:1", OPTIONS),
    `conflict: unable to remove repository reference "a:1" (must force) - container cccccccccccc is using its referenced image ${shortId(id)}`,
  );
  const { removals } = run((removal) => removal.removeName(canonical("a:1"), "a:1", { ...OPTIONS, force: true }));
  assert.deepEqual(removals.slice(0, 2), [{ untagged: "a:1" }, { deleted: id }]);
});

for (const [state, isRunning, severity] of [
  ["running", true, "cannot be forced"],
  ["stopped", false, "must be forced"],
] as const) {
  test(`the ID of an image used by a ${state} container ${severity}`, () => {
    const id = addImage("a");
    use(id, isRunning);
    const message = `conflict: unable to delete ${shortId(id)} (${severity}) - image is being used by ${state} container cccccccccccc`;
    refuses((removal) => removal.removeById(id, OPTIONS), message);
    if (isRunning) refuses((removal) => removal.removeById(id, { ...OPTIONS, force: true }), message);
    else assert.deepEqual(run((removal) => removal.removeById(id, { ...OPTIONS, force: true })).removals[0], { deleted: id });
  });
}

test("a refused removal changes nothing", () => {
  const id = addImage("a", { names: ["a:1", "b:1"] });
  assert.throws(() => run((removal) => removal.removeById(id, OPTIONS)));
  assert.deepEqual(catalog.namesOf(id), [canonical("a:1"), canonical("b:1")]);
  assert.deepEqual(metadata.names.all().length, 2);
});
