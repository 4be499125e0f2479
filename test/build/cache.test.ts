import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BuildBench, cachedSteps } from "./build-bench.ts";
import type { Order } from "./build-bench.ts";

const TEXT = "FROM scratch\nCOPY f /f\nCOPY dir /dir\nENV A=b\nADD dir/g /g";
const FILES = { f: "f", "dir/": {}, "dir/g": { text: "g", mtime: 5 }, other: "o" };
const ORDER: Order = { text: TEXT, files: FILES };

/** Which steps a second build finds, on what the first has left. */
async function found(first: Order, second: Order): Promise<number[]> {
  await using bench = await BuildBench.open();
  await bench.build(first);
  return cachedSteps((await bench.build(second)).events);
}

describe("the cache", () => {
  test("165: finds every step of the same build, and gives the same image", async () => {
    await using bench = await BuildBench.open();
    const first = await bench.build(ORDER);
    assert.deepEqual(cachedSteps(first.events), []);
    const second = await bench.build(ORDER);
    assert.deepEqual([cachedSteps(second.events), second.id], [[2, 3, 4, 5], first.id]);
    assert.equal((await bench.engine.images.list()).length, 1);
  });

  test("165: is not asked with noCache, and filled all the same", async () => {
    await using bench = await BuildBench.open();
    const first = await bench.build(ORDER);
    const anew = await bench.build({ ...ORDER, noCache: true });
    assert.deepEqual([cachedSteps(anew.events), anew.diffIds], [[], first.diffIds]);
    assert.deepEqual(cachedSteps((await bench.build(ORDER)).events), [2, 3, 4, 5]);
  });

  const rows: readonly (readonly [name: string, second: Order, steps: readonly number[]])[] = [
    ["166: time of a file", { files: { ...FILES, "dir/g": { text: "g", mtime: 99 } } }, [2, 3, 4, 5]],
    ["166: time of a directory", { files: { ...FILES, "dir/": { mtime: 99 } } }, [2, 3, 4, 5]],
    ["115: owner of a file, which is root's anyhow", { files: { ...FILES, "dir/g": { text: "g", uid: 7, gid: 8 } } }, [2, 3, 4, 5]],
    ["167: something beside what is copied", { files: { ...FILES, dir_g: "x", other: "y" } }, [2, 3, 4, 5]],
    ["165: a comment and blanks", { text: `# comment\n${TEXT.replace("ENV A", "env   A")}` }, [2, 3, 4, 5]],
  ];
  for (const [what, second, steps] of rows) {
    test(`finds everything after a change of the ${what}`, async () => {
      assert.deepEqual(await found(ORDER, { ...ORDER, ...second }), steps);
    });
  }

  const misses: readonly (readonly [name: string, second: Order, steps: readonly number[]])[] = [
    ["166: content", { files: { ...FILES, "dir/g": "G" } }, [2]],
    ["166: mode of a file", { files: { ...FILES, "dir/g": { text: "g", mode: 0o600 } } }, [2]],
    ["166: mode of a directory in a directory", { files: { ...FILES, "dir/sub/": { mode: 0o700 } } }, [2]],
    ["113: target of a link", { files: { ...FILES, "dir/l": { link: "x" } } }, [2]],
    ["6.1: name of a file", { files: { f: "f", "dir/h": "g", "dir/g": { hardLink: "dir/h" } } }, [2]],
    ["6.1: destination", { text: TEXT.replace("/dir\n", "/dir2\n") }, [2]],
    ["6.1: owner", { text: TEXT.replace("COPY dir", "COPY --chown=5 dir") }, [2]],
    ["6.1: kind of a file", { files: { ...FILES, f: { fifo: true } } }, []],
    ["6.2: extended attributes", { files: { ...FILES, f: { text: "f", xattrs: new Map([["user.a", Buffer.from("b")]]) } } }, []],
  ];
  for (const [what, second, steps] of misses) {
    test(`ends with a change of the ${what}`, async () => {
      assert.deepEqual(await found(ORDER, { ...ORDER, ...second }), steps);
    });
  }

  test("110: does not care how the same files are named as sources", async () => {
    const files = { "file1.txt": "1", "file2.txt": "2" };
    const text = "FROM scratch\nCOPY file1.txt file2.txt /tmp/";
    assert.deepEqual(await found({ files, text }, { files, text: "FROM scratch\nCOPY file*.txt /tmp/" }), [2]);
  });

  test("113: a broken link in a directory is part of it", async () => {
    const files = { "d/l": { link: "nowhere" } };
    const text = "FROM scratch\nCOPY d /d";
    assert.deepEqual(await found({ files, text }, { files: { ...files, "d/new": "n" }, text }), []);
    assert.deepEqual(await found({ files, text }, { files, text }), [2]);
  });

  test("6.2: a stage that was built anew to the same files is as good as before", async () => {
    const text = (value: string): string => `FROM scratch AS a\nCOPY f${value} /f\nCOPY other /o\nFROM scratch\nCOPY --from=a /f /f`;
    const files = { f1: "f", f2: "f", other: "o" };
    assert.deepEqual(await found({ files, text: text("1") }, { files, text: text("2") }), [2, 3, 5]);
    const changed = { files: { ...files, other: "changed" }, text: text("1") };
    assert.deepEqual(await found({ files, text: text("1") }, changed), [2, 5]);
  });

  test("6.2: values that do not come to bear change nothing", async () => {
    const text = "FROM scratch\nARG A=1\nCOPY f /f\nLABEL l=$A";
    const files = { f: "f" };
    assert.deepEqual(await found({ files, text }, { files, text, buildArgs: { A: "2" } }), [3]);
  });

  test("6.2: WORKDIR is found, and depends on what is below", async () => {
    const text = "FROM scratch\nCOPY f /f\nWORKDIR /w\nUSER 5\nWORKDIR x";
    assert.deepEqual(await found({ files: { f: "f" }, text }, { files: { f: "f" }, text }), [2, 3, 4, 5]);
    assert.deepEqual(await found({ files: { f: "f" }, text }, { files: { f: "g" }, text }), []);
  });

  test("what failed builds have done is there for the next", async () => {
    await using bench = await BuildBench.open();
    const files = { f: "f" };
    await bench.fail({ files, text: "FROM scratch\nCOPY f /f\nCOPY nope /" });
    assert.deepEqual(cachedSteps((await bench.build({ files, text: "FROM scratch\nCOPY f /f\nLABEL a=b" })).events), [2]);
  });

  test("two of the same build at one time come to the same image, or to the same layers", async () => {
    await using bench = await BuildBench.open();
    const built = await Promise.all([bench.build(ORDER), bench.build(ORDER), bench.build(ORDER)]);
    assert.equal(new Set(built.map(({ diffIds }) => diffIds.join())).size, 1);
    assert.deepEqual(cachedSteps((await bench.build(ORDER)).events), [2, 3, 4, 5]);
  });
});
