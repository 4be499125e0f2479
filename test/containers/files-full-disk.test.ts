import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { writeTar } from "#archive";
import { checkDataRoot, openEngine } from "#engine";
import type { Engine } from "#engine";
import { serveApi } from "../api/serve-api.ts";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";

const MB = 1_000_000;
const FULL = /no space left on device|not enough room|ENOSPC/i;

describe("files of containers on a full disk", { skip: cannotRun() }, () => {
  const mount = mkdtempSync(join(tmpdir(), "slipway-full-files-"));
  const dataRoot = join(mount, "root");
  const filler = join(mount, "filler");
  let engine: Engine;
  let id: string;

  before(async () => {
    assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", "size=96m", "tmpfs", mount]).status, 0);
    mkdirSync(dataRoot);
    engine = await openEngine({ dataRoot, warn: () => undefined });
    const archive = await busyboxTar();
    await Array.fromAsync(engine.images.import({ archive: once(archive), repository: "box", tag: "1" }));
    await using api = await serveApi(engine);
    const headers = { "Content-Type": "application/json" };
    const made = await api.ask("POST /containers/create", { body: JSON.stringify({ Image: "box:1", Cmd: ["true"] }), headers });
    ({ Id: id } = JSON.parse(made.text) as { Id: string });
    await engine.containers.writeArchive(id, { path: "/tmp", archive: fileOf("big", 12 * MB) });
  });
  after(async () => {
    await engine.close();
    const { problems, leftovers } = await checkDataRoot({ dataRoot });
    assert.deepEqual([problems, leftovers], [[], []]);
    spawnSync("umount", ["-l", mount]);
    rmSync(mount, { recursive: true });
  });

  const free = (): number => statfsSync(mount).bavail * statfsSync(mount).bsize;
  const fill = (room: number): void => writeFileSync(filler, Buffer.alloc(Math.max(0, free() - room)));

  test("a copy that finds no room says so, and the container can be copied from", async () => {
    fill(2 * MB);
    await assert.rejects(engine.containers.writeArchive(id, { path: "/tmp", archive: fileOf("more", 8 * MB) }), FULL);
    rmSync(filler);
    assert.equal((await engine.containers.statPath(id, "/tmp/big")).size, 12 * MB);
    await engine.containers.writeArchive(id, { path: "/tmp", archive: fileOf("more", 5) });
    assert.equal((await engine.containers.statPath(id, "/tmp/more")).size, 5);
  });

  test("a commit that finds no room says so and leaves nothing", async () => {
    fill(4 * MB);
    await assert.rejects(engine.containers.commit(id, { repository: "made" }), FULL);
    assert.deepEqual(
      (await engine.images.list({ all: true })).flatMap(({ names }) => names),
      ["box:1"],
    );
    assert.deepEqual(readdirSync(join(dataRoot, "ingest")), []);
    rmSync(filler);
    const { id: made } = await engine.containers.commit(id, { repository: "made" });
    assert.equal((await engine.images.inspect("made")).id, made);
    assert.equal(readFileSync("/proc/self/mountinfo", "utf8").includes(`${dataRoot}/`), false);
  });

  function fileOf(path: string, size: number): AsyncIterable<Uint8Array> {
    return writeTar([{ header: { type: "file", path, mode: 0o644, size }, body: Buffer.alloc(size) }]);
  }
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
