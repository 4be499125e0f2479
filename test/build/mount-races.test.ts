import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { createLimit } from "#async";
import type { CacheMounts } from "#cache-mounts";
import { MountCache } from "../../src/services/build/cache/mount-cache.ts";
import type { TakenMount } from "../../src/services/build/cache/mount-cache.ts";
import { pruneCache } from "../../src/services/build/cache/prune-cache.ts";
import { PlainLayers } from "../../src/services/build/trees/plain-layers.ts";
import { openResources } from "../../src/engine/open-resources.ts";

/** Asked for after everything was measured, and before anything is removed. */
const ALL = { all: true, minFreeSpace: Number.MAX_SAFE_INTEGER };
const REQUEST = { id: "c", sharing: "locked", first: { mode: 0o755, uid: 0, gid: 0 }, description: "c" } as const;

async function openCache() {
  const resources = await openResources({ dataRoot: undefined, registries: { userAgent: "test" }, warn: assert.fail });
  const { deps, building, containing } = resources;
  const mountCache = new MountCache(deps, building.cacheMounts);
  const parts = {
    ...deps,
    ...building,
    mountCache,
    allowsInsecure: false,
    machine: containing.machine,
    plainLayers: new PlainLayers(deps),
    prunes: createLimit(1),
  };
  const take = (): Promise<TakenMount> => mountCache.take({ ...REQUEST, signal: new AbortController().signal });
  const records = (): string[] => deps.metadata.buildCache.all().map(({ id }) => id);
  return { deps: parts, cacheMounts: building.cacheMounts, take, records, [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose]() };
}

/** Does something in the midst of pruning, at a moment that nothing else can be made to meet. */
function whileDiskIsMeasured(mounts: CacheMounts, work: () => Promise<void>): void {
  const measure = mounts.disk.bind(mounts);
  mounts.disk = async () => {
    await work();
    return measure();
  };
}

test("a cache mount that a step takes while pruning is under way stays", async () => {
  await using cache = await openCache();
  (await cache.take())[Symbol.dispose]();
  let taken: TakenMount | undefined;
  whileDiskIsMeasured(cache.cacheMounts, async () => void (taken ??= await cache.take()));
  assert.deepEqual((await pruneCache(cache.deps, ALL)).removed, []);
  assert.deepEqual(cache.records(), [basename(taken?.path ?? "")]);
  assert.ok(existsSync(taken?.path ?? ""));
  taken?.[Symbol.dispose]();
  assert.deepEqual((await pruneCache(cache.deps, ALL)).removed, [basename(taken?.path ?? "")]);
  assert.deepEqual(cache.records(), []);
});

test("of two who prune at once one removes a cache mount, and the other finds it gone", async () => {
  await using cache = await openCache();
  const taken = await cache.take();
  taken[Symbol.dispose]();
  const results = await Promise.all([pruneCache(cache.deps, ALL), pruneCache(cache.deps, ALL)]);
  assert.deepEqual(
    results.map(({ removed }) => removed),
    [[basename(taken.path)], []],
  );
});

test("a step that waits for a cache mount has one with a record, though the record goes the moment that the mount is given back", async () => {
  await using cache = await openCache();
  const first = await cache.take();
  const waiting = cache.take();
  first[Symbol.dispose]();
  // As pruning does it: all in one moment.
  cache.deps.metadata.transaction(() => cache.deps.metadata.buildCache.remove(basename(first.path)));
  const second = await waiting;
  assert.deepEqual(cache.records(), [basename(second.path)]);
  assert.ok(existsSync(second.path));
});
