import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { checkDataRoot } from "#engine";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { BuildBench } from "./build-bench.ts";

const MB = 1_000_000;
const FULL = /no space left on device/i;

describe("builds on a full disk", { skip: cannotRun() }, () => {
  const mount = mkdtempSync(join(tmpdir(), "slipway-full-"));
  const root = join(mount, "root");
  const filler = join(mount, "filler");
  let bench: BuildBench;

  before(async () => {
    assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", mount]).status, 0);
    mkdirSync(root);
    bench = await BuildBench.open(root);
    await bench.load("base:1", [await busyboxTar()]);
  });
  after(async () => {
    await bench[Symbol.asyncDispose]();
    spawnSync("umount", ["-l", mount]);
    rmSync(mount, { recursive: true });
  });

  const free = (): number => statfsSync(mount).bavail * statfsSync(mount).bsize;
  const leave = (bytes: number): void => writeFileSync(filler, Buffer.alloc(Math.max(0, free() - bytes)));
  const names = async (): Promise<string[]> => (await bench.engine.images.list({ all: true })).flatMap((row) => row.names);

  /** What a build says that finds no room; it leaves nothing, and another one that needs none works at once. */
  async function refuse(text: string, room: number): Promise<string> {
    leave(room);
    const files = text.startsWith("COPY") ? FILES : {};
    const before_ = free();
    const message = await bench.fail({ text: `FROM base:1\n${text}`, tags: ["big:1"], network: "none", files });
    assert.deepEqual(await names(), ["base:1"]);
    for (const folder of ["ingest", "snapshots/active"]) {
      assert.deepEqual(existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [], [], folder);
    }
    assert.equal(readFileSync("/proc/self/mountinfo", "utf8").includes(`${root}/`), false);
    rmSync(filler);
    await bench.build({ text: "FROM base:1\nRUN echo small > /small", network: "none", tags: ["small:1"], noCache: true });
    await bench.engine.images.remove("small:1");
    await bench.engine.builds.prune({ all: true });
    assert.ok(free() >= before_, "what did not fit is gone");
    return message;
  }

  test("COPY says so, for the context and for its layer", async () => {
    assert.match(await refuse("COPY big /", 5 * MB), FULL);
    assert.match(await refuse("COPY big /", 15 * MB), FULL);
  });

  test("RUN says so when its layer finds no room", async () => {
    assert.match(await refuse("RUN dd if=/dev/zero of=/big bs=1M count=8", 12 * MB), FULL);
  });

  test("a command is told so itself", async () => {
    const command = "dd if=/dev/zero of=/big bs=1M count=100";
    assert.equal(await refuse(`RUN ${command}`, 6 * MB), `The command '/bin/sh -c ${command}' returned a non-zero code: 1`);
  });

  test("unpacking says so before it begins", async () => {
    await bench.engine.builds.prune({ all: true });
    assert.match(await refuse("RUN true", MB), /^cannot unpack layer: no space left on device, \d+ bytes are needed$/);
  });

  test("with nothing left at all, builds are refused, and removing gives the space back", async () => {
    leave(4096);
    assert.match(await bench.fail({ text: "FROM base:1\nCOPY big /", files: FILES }), FULL);
    await bench.engine.images.remove("base:1");
    await bench.engine.builds.prune({ all: true });
    assert.deepEqual(await names(), []);
    rmSync(filler);
    await bench.build({ text: "FROM scratch\nCOPY big /", tags: ["big:1"], files: FILES });
    await bench[Symbol.asyncDispose]();
    const { problems, leftovers } = await checkDataRoot({ dataRoot: root });
    assert.deepEqual({ problems, leftovers }, { problems: [], leftovers: [] });
  });
});

const FILES = { big: Buffer.alloc(10 * MB, "big ") };
