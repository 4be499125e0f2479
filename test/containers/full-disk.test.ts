import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { checkDataRoot, openEngine } from "#engine";
import type { Engine } from "#engine";
import { serveApi } from "../api/serve-api.ts";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { LeakCheck } from "./leaks.ts";

const FULL = /no space left on device/;
const SLEEPS = { Image: "box:1", Cmd: ["/bin/sh", "-c", "busybox sleep 1000"], HostConfig: { NetworkMode: "none" } };

describe("containers on a full disk", { skip: cannotRun() }, () => {
  const mount = mkdtempSync(join(tmpdir(), "slipway-full-life-"));
  const dataRoot = join(mount, "root");
  const filler = join(mount, "filler");
  const warnings: string[] = [];
  let engine: Engine;
  let api: Awaited<ReturnType<typeof serveApi>>;

  before(async () => {
    assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", mount]).status, 0);
    mkdirSync(dataRoot);
    engine = await openEngine({ dataRoot, warn: (message) => void warnings.push(message) });
    await Array.fromAsync(engine.images.import({ archive: once(await busyboxTar()), repository: "box", tag: "1" }));
    api = await serveApi(engine);
  });
  after(async () => {
    const leaks = LeakCheck.before(dataRoot);
    await api[Symbol.asyncDispose]();
    await engine.close();
    leaks.assertNothingLeft();
    const { problems, leftovers } = await checkDataRoot({ dataRoot });
    assert.deepEqual([problems, leftovers], [[], []]);
    spawnSync("umount", ["-l", mount]);
    rmSync(mount, { recursive: true });
  });
  beforeEach(async () => {
    assert.equal((await post("/containers/create?name=idle", SLEEPS)).status, 201);
    assert.equal((await post("/containers/create?name=busy", SLEEPS)).status, 201);
    assert.equal((await post("/containers/busy/start")).status, 204);
    const { bavail, bsize } = statfsSync(mount);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
  });
  afterEach(async () => {
    rmSync(filler);
    for (const name of await names()) await api.ask(`DELETE /containers/${name}?force=1`);
    assert.deepEqual(
      readdirSync(join(dataRoot, "containers")).filter((name) => !name.startsWith(".")),
      [],
    );
  });

  for (const [what, path, body] of [
    ["create", "/containers/create?name=more", SLEEPS],
    ["start", "/containers/idle/start", {}],
    ["rename", "/containers/idle/rename?name=more", {}],
    ["update", "/containers/busy/update", { PidsLimit: 99 }],
  ] as const) {
    test(`${what} finds no room, says so and changes nothing`, async () => {
      const before = await inspect("idle");
      const { status, message } = await post(path, body);
      assert.equal(status, 503);
      assert.match(message, FULL);
      assert.deepEqual(await names(), ["busy", "idle"]);
      assert.deepEqual({ ...(await inspect("idle")), State: before["State"] }, before);
      assert.equal(((await inspect("busy"))["HostConfig"] as Json)["PidsLimit"], null);
      rmSync(filler);
      assert.ok((await post(path, body)).status < 300);
      writeFileSync(filler, "");
    });
  }

  test("what ends is told of all the same, and can be removed", async () => {
    const waiting = post("/containers/busy/wait?condition=not-running");
    assert.equal((await post("/containers/busy/kill")).status, 204);
    assert.equal((await waiting).text, '{"StatusCode":137}\n');
    assert.equal(((await inspect("busy"))["State"] as Json)["Status"], "exited");
    assert.match(warnings.join("\n"), /^cannot record what became of container busy: ENOSPC/m);
    assert.equal((await api.ask("DELETE /containers/busy")).status, 204);
    assert.deepEqual(await names(), ["idle"]);
  });

  interface Json {
    readonly [key: string]: unknown;
  }

  async function post(path: string, body: unknown = {}): Promise<{ status: number; text: string; message: string }> {
    const reply = await api.ask(`POST ${path}`, { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    return { ...reply, message: reply.status < 400 ? "" : (JSON.parse(reply.text) as { message: string }).message };
  }

  async function inspect(name: string): Promise<Json> {
    return JSON.parse((await api.ask(`GET /containers/${name}/json`)).text) as Json;
  }

  async function names(): Promise<string[]> {
    const list = JSON.parse((await api.ask("GET /containers/json?all=1")).text) as { Names: string[] }[];
    return list.map(({ Names: [name = ""] }) => name.slice(1)).sort();
  }
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
