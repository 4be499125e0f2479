import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { completion } from "#async";
import { openEngine } from "#engine";
import type { BuildRequest, Engine } from "#engine";
import { tarArchive } from "../fixtures/tar-archive.ts";
import { busyboxTar, cannotRun } from "./chains.ts";

describe("RUN in the whole engine", { skip: cannotRun() }, () => {
  let root: string;
  let engine: Engine;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "slipway-build-"));
    engine = await openEngine({ dataRoot: root });
    await completion(engine.images.import({ archive: inOnePiece(await busyboxTar()), repository: "busybox", tag: "1" }));
  });
  after(async () => {
    await engine.close();
    rmSync(root, { recursive: true });
  });

  async function build(dockerfile: string, more: Partial<BuildRequest> = {}): Promise<string> {
    let said = "";
    const context = inOnePiece(tarArchive({ Dockerfile: dockerfile, "file.txt": "of the context\n" }));
    for await (const event of engine.builds.build({ context, network: "none", ...more })) if (event.type === "output") said += event.text;
    return said;
  }

  function trees(): string[] {
    const folder = join(root, "snapshots", "trees");
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  test("steps see what those before them made, and a step's own layer needs no unpacking", async () => {
    const said = await build(`FROM busybox:1
      RUN echo one > /one
      COPY file.txt /dir/
      RUN cat /one /dir/file.txt; rm /one
      RUN ls /one 2>&1 || echo gone`);
    assert.match(said, /^one\nof the context\n.*gone\n$/s);
    // The base, and a layer for each step that changed something.
    assert.ok(trees().length >= 4, `${trees().length} trees`);
  });

  test("a step that is dated back needs no unpacking either, and the next one sees its times", async () => {
    const before = trees();
    const buildArgs = { SOURCE_DATE_EPOCH: "1000000000" };
    await build("FROM busybox:1\nRUN mkdir /dated && echo x > /dated/file && ln -s file /dated/link && touch -d @5 /dated/old", {
      buildArgs,
    });
    assert.equal(trees().length, before.length + 1);
    const said = await build(
      `FROM busybox:1
      RUN mkdir /dated && echo x > /dated/file && ln -s file /dated/link && touch -d @5 /dated/old
      RUN stat -c "%Y %n" /dated /dated/*`,
      { buildArgs },
    );
    assert.equal(said, "1000000000 /dated\n1000000000 /dated/file\n1000000000 /dated/link\n5 /dated/old\n");
  });

  test("a prune takes the unpacked layers that no image has, and with all of them every one", async () => {
    await engine.images.prune();
    const { reclaimed } = await engine.builds.prune();
    assert.equal(trees().length, 1, "the base is still an image's");
    assert.ok(reclaimed > 0);
    await engine.builds.prune({ all: true });
    assert.deepEqual(trees(), []);
    assert.match(await build("FROM busybox:1\nRUN echo again"), /again/);
  });
});

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
