import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { TarEntryInput, TarInput } from "#archive";
import { isEngineError } from "#errors";
import { Snapshots } from "#snapshots";
import type { SnapshotLayer } from "#snapshots";
import { rawHeader, rawPayload } from "../fixtures/raw-tar.ts";
import { chainOf, tarOf } from "./chains.ts";
import { headersOf, namesOf } from "./machine.ts";

const skip = process.getuid?.() === 0 ? false : "only root may unpack and mount";

function file(path: string, content = "", more: Partial<TarEntryInput> = {}): TarInput {
  return { header: { type: "file", path, mode: 0o644, size: content.length, ...more }, body: Buffer.from(content, "latin1") };
}

function directory(path: string, more: Partial<TarEntryInput> = {}): TarInput {
  return { header: { type: "directory", path, mode: 0o755, ...more } };
}

function link(path: string, linkPath: string, type: "symlink" | "hardlink" = "symlink"): TarInput {
  return { header: { type, path, linkPath, mode: 0o777 } };
}

describe("unpacked layers", { skip }, () => {
  let root: string;
  let snapshots: Snapshots;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "slipway-unpack-"));
    snapshots = await Snapshots.open(root);
  });
  afterEach(async () => {
    await snapshots[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
  });

  /** Looks into the mounted chain and gives the names of the layer that this leaves. */
  async function mounted(chain: readonly SnapshotLayer[], look: (path: (name: string) => string) => void): Promise<Buffer> {
    await using snapshot = await snapshots.prepare({ chain });
    look((name) => join(snapshot.root, name));
    const chunks: Uint8Array[] = [];
    for await (const chunk of snapshot.diff()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async function layers(...tars: readonly (readonly TarInput[])[]): Promise<SnapshotLayer[]> {
    return chainOf(...(await Promise.all(tars.map(tarOf))));
  }

  test("have owners, modes, times, links, pipes and devices as the layer says", async () => {
    const mtime = { seconds: 1_234_567_890, nanoseconds: 123_456_789 };
    const chain = await layers([
      directory("d", { mode: 0o2750, uid: 5, gid: 6, mtime }),
      file("d/f", "hello", { mode: 0o4755, uid: 1000, gid: 2000, mtime }),
      link("d/hard", "d/f", "hardlink"),
      link("d/soft", "/etc/passwd"),
      { header: { type: "fifo", path: "pipe", mode: 0o600 } },
      { header: { type: "char-device", path: "null", mode: 0o666, devMajor: 1, devMinor: 3 } },
      { header: { type: "block-device", path: "disk", mode: 0o660, devMajor: 7, devMinor: 200 } },
      file("n\udcff\udc80ä\n\\ *", "odd name"),
    ]);
    await mounted(chain, (path) => {
      const facts = lstatSync(path("d/f"), { bigint: true });
      assert.deepEqual([facts.mode & 0o7777n, facts.uid, facts.gid], [0o4755n, 1000n, 2000n]);
      assert.equal(facts.mtimeNs, 1_234_567_890_123_456_789n);
      assert.equal(facts.nlink, 2n);
      const folder = lstatSync(path("d"), { bigint: true });
      assert.deepEqual([folder.mode & 0o7777n, folder.uid, folder.mtimeNs], [0o2750n, 5n, 1_234_567_890_123_456_789n]);
      assert.equal(readlinkSync(path("d/soft")), "/etc/passwd");
      assert.ok(lstatSync(path("pipe")).isFIFO());
      assert.deepEqual([lstatSync(path("null")).rdev, lstatSync(path("disk")).rdev], [0x103, 0x7c8]);
      const name = Buffer.concat([Buffer.from("n"), Buffer.from([0xff, 0x80]), Buffer.from("ä\n\\ *")]);
      assert.equal(readFileSync(Buffer.concat([Buffer.from(path("/")), name]), "utf8"), "odd name");
    });
  });

  test("keep extended attributes, and a change gives them to the new layer", async () => {
    const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");
    const xattrs = new Map([
      ["security.capability", capability],
      ["user.note", Buffer.from("a\0b")],
      ["trusted.overlay.opaque", Buffer.from("y")],
    ]);
    const chain = await layers([file("ping", "x", { mode: 0o755, xattrs })]);
    const layer = await mounted(chain, (path) => execFileSync("chmod", ["700", path("ping")]));
    const [header] = await headersOf(layer);
    assert.equal(header?.path, "ping");
    assert.deepEqual(
      [...header.xattrs].map(([name, value]) => [name, Buffer.from(value).toString("hex")]),
      [
        ["security.capability", capability.toString("hex")],
        ["user.note", "610062"],
      ],
    );
  });

  test("lie over one another: whiteouts, opaque and replaced directories", async () => {
    const chain = await layers(
      [directory("d"), file("d/a", "a"), file("d/b", "b"), directory("o"), file("o/old", "old"), directory("r"), file("r/x"), file("gone")],
      [file("d/.wh.a"), file(".wh.gone"), file("o/.wh..wh..opq"), file("o/new", "new"), file("r", "now a file")],
      [file("d/a", "again")],
    );
    await mounted(chain, (path) => {
      assert.deepEqual([readdirSync(path("d")), readdirSync(path("o"))], [["a", "b"], ["new"]]);
      assert.equal(readFileSync(path("d/a"), "utf8"), "again");
      assert.equal(readFileSync(path("r"), "utf8"), "now a file");
      assert.equal(existsSync(path("gone")), false);
    });
  });

  test("a directory that a layer only implies keeps what the layers below say of it", async () => {
    const chain = await layers([directory("d", { mode: 0o711, uid: 7 })], [file("d/f"), file("e/f")]);
    await mounted(chain, (path) => {
      assert.deepEqual([statSync(path("d")).mode & 0o777, statSync(path("d")).uid], [0o711, 7]);
      assert.equal(statSync(path("e")).mode & 0o777, 0o755);
    });
  });

  test("a hard link into a lower layer has that file's bytes", async () => {
    const chain = await layers(
      [file("pad", "x".repeat(30_000)), file("f", "below")],
      [link("g", "f", "hardlink"), link("h", "f", "hardlink")],
    );
    await mounted(chain, (path) => {
      assert.equal(readFileSync(path("g"), "utf8"), "below");
      assert.equal(statSync(path("g")).ino, statSync(path("h")).ino);
    });
  });

  test("nothing is written outside, whatever links a layer lays", async () => {
    const outside = mkdtempSync(join(tmpdir(), "slipway-outside-"));
    writeFileSync(join(outside, "victim"), "untouched");
    const chain = await layers(
      [link("up", "../../../../../../../.."), link("abs", outside), link("rel", `../../../../../../..${outside}`), directory("dir")],
      [file("abs/victim", "pwned"), file("rel/new", "pwned"), file(`up${outside}/new`, "pwned"), link("dir", outside)],
      [file("dir/victim", "pwned"), file(`.//.//.${outside}`, "pwned")],
    );
    await mounted(chain, () => undefined);
    assert.deepEqual([readdirSync(outside), readFileSync(join(outside, "victim"), "utf8")], [["victim"], "untouched"]);
    rmSync(outside, { recursive: true });
  });

  test("a hard link to something outside is one to nothing", async () => {
    const chain = await layers([link("hard", "/etc/passwd", "hardlink")]);
    await assert.rejects(
      snapshots.prepare({ chain }),
      (error) => isEngineError(error, "invalid-argument") && error.message === 'invalid hardlink target "etc/passwd"',
    );
  });

  test("a file that is named like a whiteout is one for the next process, too", async () => {
    const base = await layers([directory("d"), file("d/x")]);
    const snapshot = await snapshots.prepare({ chain: base });
    writeFileSync(join(snapshot.root, "d/.wh.x"), "");
    const chunks: Uint8Array[] = [];
    for await (const chunk of snapshot.diff()) chunks.push(chunk);
    const [below, above] = chainOf(await tarOf([directory("d"), file("d/x")]), Buffer.concat(chunks));
    assert.ok(below && above);
    await snapshot.commit(above.chainId);
    await mounted([below, above], (path) => assert.deepEqual(readdirSync(path("d")), []));
  });

  test("a sparse file larger than the disk is refused before anything is written", async () => {
    const size = Buffer.alloc(12);
    size[0] = 0x80;
    size.writeBigUInt64BE(BigInt(Number.MAX_SAFE_INTEGER), 4);
    const header = rawHeader({ name: "huge", typeflag: "S", size: 0, extra: [[483, size]] });
    const chain = chainOf(Buffer.concat([header, Buffer.alloc(1024)]));
    await assert.rejects(
      snapshots.prepare({ chain }),
      (error) => isEngineError(error, "unavailable") && /no space left on device/.test(error.message),
    );
    assert.deepEqual(readdirSync(join(root, "snapshots", "trees")), []);
  });

  test("holes read as zeros", async () => {
    const header = rawHeader({
      name: "holes",
      typeflag: "S",
      size: 3,
      extra: [
        [386, "00000010000\u000000000000003\u0000"],
        [483, "00000100000\u0000"],
      ],
    });
    const chain = chainOf(Buffer.concat([header, rawPayload("abc"), Buffer.alloc(1024)]));
    await mounted(chain, (path) => {
      const bytes = readFileSync(path("holes"));
      assert.equal(bytes.length, 0o100000);
      assert.equal(bytes.subarray(4096, 4099).toString(), "abc");
      assert.ok(bytes.every((byte, at) => byte === 0 || (at >= 4096 && at < 4099)));
    });
  });

  test("are unpacked once, however many want them at once, and not at all the next time", async () => {
    let opened = 0;
    const chain = (await layers([file("a", "a")], [file("b", "b")])).map((layer) => ({
      ...layer,
      open: () => {
        opened += 1;
        return layer.open();
      },
    }));
    const all = await Promise.all([1, 2, 3, 4].map(() => snapshots.prepare({ chain })));
    for (const snapshot of all) assert.deepEqual(readdirSync(snapshot.root), ["a", "b"]);
    await Promise.all(all.map((snapshot) => snapshot[Symbol.asyncDispose]()));
    await mounted(chain, () => undefined);
    assert.equal(opened, 2);
  });

  test("one that goes away does not take the others' unpacking along, and the last one ends it", async () => {
    const [layer] = await layers([file("a", "a".repeat(100_000))]);
    assert.ok(layer);
    const gate = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    let ended = 0;
    const slow = {
      ...layer,
      async *open(): AsyncGenerator<Uint8Array> {
        try {
          opened.resolve();
          await gate.promise;
          yield* layer.open();
        } finally {
          ended += 1;
        }
      },
    };
    const abort = new AbortController();
    const first = snapshots.prepare({ chain: [slow], signal: abort.signal });
    const second = snapshots.prepare({ chain: [slow] });
    await opened.promise;
    abort.abort();
    await assert.rejects(first, (error) => isEngineError(error, "cancelled"));
    gate.resolve();
    await using snapshot = await second;
    assert.deepEqual([readdirSync(snapshot.root), ended], [["a"], 1]);
  });

  test("a layer that cannot be read leaves no tree, and can be tried again", async () => {
    const [layer] = await layers([file("a", "a".repeat(100_000))]);
    assert.ok(layer);
    const broken = {
      ...layer,
      async *open(): AsyncGenerator<Uint8Array> {
        for await (const chunk of layer.open()) {
          yield chunk;
          throw new Error("the disk is on fire");
        }
      },
    };
    await assert.rejects(snapshots.prepare({ chain: [broken] }), /the disk is on fire/);
    assert.equal(snapshots.has(layer.chainId), false);
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(new Uint8Array(1000));
    }
    await assert.rejects(snapshots.prepare({ chain: [{ ...layer, open: cut }] }), (error) => isEngineError(error, "data-loss"));
    await mounted([layer], (path) => assert.equal(statSync(path("a")).size, 100_000));
  });

  test("what was changed becomes the tree of its layer without unpacking", async () => {
    const base = await layers([directory("d"), file("d/old")]);
    const snapshot = await snapshots.prepare({ chain: base });
    execFileSync("sh", ["-c", "rm -r d; mkdir d; echo new > d/new; echo x > top"], { cwd: snapshot.root });
    const chunks: Uint8Array[] = [];
    for await (const chunk of snapshot.diff()) chunks.push(chunk);
    const layer = Buffer.concat(chunks);
    assert.deepEqual(await namesOf(layer), ["d/", "d/.wh..wh..opq", "d/new", "top"]);
    const opaque = (await headersOf(layer))[1];
    assert.deepEqual([opaque?.mode, opaque?.mtime.seconds, opaque?.size], [0o755, 0, 0]);
    const [below, above] = chainOf(await tarOf([directory("d"), file("d/old")]), layer);
    assert.ok(below && above);
    await snapshot.commit(above.chainId);
    const closed = { ...above, open: () => assert.fail("it was unpacked") };
    await mounted([below, closed], (path) => assert.deepEqual([readdirSync(path("d")), readdirSync(path("/"))], [["new"], ["d", "top"]]));
  });

  test("unused trees can be pruned, and what is in use or kept stays", async () => {
    const [one, two] = [await layers([file("1", "x".repeat(20_000))]), await layers([file("2", "x".repeat(20_000))])];
    const [, kept] = await layers([file("2", "x".repeat(20_000))], [file("3", "x")]);
    assert.ok(one[0] && two[0] && kept);
    await mounted(one, () => undefined);
    await mounted([...two, kept], () => undefined);
    await using used = await snapshots.prepare({ chain: two });
    const before = await snapshots.size();
    const freed = await snapshots.prune([kept.chainId]);
    assert.ok(freed >= 20_000 && before - (await snapshots.size()) === freed);
    assert.deepEqual(
      [one[0], two[0], kept].map(({ chainId }) => snapshots.has(chainId)),
      [false, true, true],
    );
    assert.deepEqual(readdirSync(used.root), ["2"]);
  });

  test("trees from before the last boot are not trusted", async () => {
    const chain = await layers([file("a")]);
    await mounted(chain, () => undefined);
    await snapshots[Symbol.asyncDispose]();
    await using same = await Snapshots.open(root);
    assert.ok(chain[0] !== undefined && same.has(chain[0].chainId));
    writeFileSync(join(root, "snapshots", "boot-id"), "another\n");
    await using later = await Snapshots.open(root);
    assert.equal(later.has(chain[0].chainId), false);
  });

  test("nobody but root is served, and is told so", () => {
    const program = `import { Snapshots } from "#snapshots";
      const snapshots = await Snapshots.open("/");
      await snapshots.prepare({ chain: [] }).catch((error) => console.log(error.kind, error.message));`;
    const said = execFileSync(process.execPath, ["--conditions=source", "--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      uid: 65534,
      encoding: "utf8",
    });
    assert.equal(said, "forbidden RUN needs root: only root may unpack and mount layers, and this is user 65534\n");
  });

  test("a data root on an overlay is told as what it is", async () => {
    await using place = await snapshots.prepare({ chain: [] });
    await using inside = await Snapshots.open(place.root);
    await assert.rejects(
      inside.prepare({ chain: [] }),
      (error) => isEngineError(error, "unavailable") && /the data root lies on an overlay itself/.test(error.message),
    );
  });

  test("a hundred and twenty layers are one mount", async () => {
    const chain = await layers(...Array.from({ length: 120 }, (_, number) => [file(`f${number}`)]));
    await mounted(chain, (path) => assert.equal(readdirSync(path("/")).length, 120));
  });
});
