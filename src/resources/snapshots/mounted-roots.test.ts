import assert from "node:assert/strict";
import { test } from "node:test";
import { MountedRoots } from "./mounted-roots.ts";
import type { End } from "./mounted-roots.ts";

/** Mounts that end when they are let; what happens is told in order. */
function makeMounts() {
  const told: string[] = [];
  const ending = Promise.withResolvers<void>();
  let count = 0;
  const mount = async (): Promise<End> => {
    const number = ++count;
    told.push(`mount ${number}`);
    return async () => {
      if (number === 1) await ending.promise;
      told.push(`unmount ${number}`);
    };
  };
  return { told, mount, letEnd: () => ending.resolve() };
}

test("a root is mounted for its first user and unmounted after its last", async () => {
  const roots = new MountedRoots();
  const { told, mount, letEnd } = makeMounts();
  letEnd();
  const ends = await Promise.all([roots.use("/root", mount), roots.use("/root", mount)]);
  await ends[0]();
  assert.deepEqual(told, ["mount 1"]);
  await ends[0]();
  assert.deepEqual(told, ["mount 1"]);
  await ends[1]();
  assert.deepEqual(told, ["mount 1", "unmount 1"]);
});

test("whoever comes while it is being unmounted waits for that, however many have just left", async () => {
  const roots = new MountedRoots();
  const { told, mount, letEnd } = makeMounts();
  const ends = await Promise.all([roots.use("/root", mount), roots.use("/root", mount)]);
  const left = ends.map((end) => end());
  await left[0];
  const next = roots.use("/root", mount);
  letEnd();
  await Promise.all([...left, next]);
  assert.deepEqual(told, ["mount 1", "unmount 1", "mount 2"]);
  await roots.end("/root");
  assert.deepEqual(told, ["mount 1", "unmount 1", "mount 2", "unmount 2"]);
});
