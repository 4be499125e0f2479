import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, link, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { listenAtPath } from "./unix-socket.ts";

const folder = await mkdtemp(join(tmpdir(), "slipway-unix-"));
after(() => rm(folder, { recursive: true }));

/** A server that says its name to whoever connects. */
function named(name: string): Server {
  const server = createServer((socket) => {
    // Who only looks whether somebody answers leaves before the name is sent.
    socket.on("error", () => undefined);
    socket.end(name);
  });
  after(() => server.close());
  return server;
}

async function whoAnswers(path: string): Promise<string> {
  let text = "";
  for await (const chunk of connect(path).setEncoding("utf8")) text += String(chunk);
  return text;
}

/** What a crash leaves: a name without a listener. */
async function leaveStale(path: string): Promise<void> {
  const server = createServer();
  server.listen(`${path}.x`);
  await once(server, "listening");
  await link(`${path}.x`, path);
  server.close();
  await once(server, "close");
}

async function mode(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8);
}

test("the socket is its owner's alone, whatever the mask, in a folder made for it", async () => {
  const path = join(folder, "new/deep/a.sock");
  const mask = process.umask(0);
  try {
    await using name = await listenAtPath(named("a"), path, { gid: undefined });
    assert.equal(process.umask(), 0);
    assert.deepEqual([await mode(path), await mode(join(folder, "new/deep"))], ["600", "700"]);
    assert.equal(await whoAnswers(name.path), "a");
    assert.deepEqual(await readdir(join(folder, "new/deep")), ["a.sock"]);
  } finally {
    process.umask(mask);
  }
  assert.deepEqual(await readdir(join(folder, "new/deep")), []);
});

test("a group gets the socket and a way to it", { skip: process.getuid?.() !== 0 && "needs root to give files to a group" }, async () => {
  const path = join(folder, "group/b.sock");
  await using _name = await listenAtPath(named("b"), path, { gid: 12_345 });
  assert.deepEqual([await mode(path), (await stat(path)).gid, await mode(join(folder, "group"))], ["660", 12_345, "711"]);
});

test("a folder that exists keeps its mode", async () => {
  await mkdir(join(folder, "kept"));
  await chmod(join(folder, "kept"), 0o750);
  await using _name = await listenAtPath(named("k"), join(folder, "kept/k.sock"), { gid: undefined });
  assert.equal(await mode(join(folder, "kept")), "750");
});

test("a name left by a crash is replaced", async () => {
  const path = join(folder, "stale.sock");
  await leaveStale(path);
  await using _name = await listenAtPath(named("fresh"), path, { gid: undefined });
  assert.equal(await whoAnswers(path), "fresh");
});

test("a socket that answers keeps its name", async () => {
  const path = join(folder, "taken.sock");
  await using _name = await listenAtPath(named("first"), path, { gid: undefined });
  await assert.rejects(listenAtPath(named("second"), path, { gid: undefined }), {
    kind: "conflict",
    message: `cannot listen on "unix://${path}": another process answers there`,
  });
  assert.equal(await whoAnswers(path), "first");
});

test("files and links are never replaced", async () => {
  const path = join(folder, "file.sock");
  const refusal = { kind: "conflict", message: `cannot listen on "unix://${path}": there is a file that is not a socket` };
  await writeFile(path, "precious");
  await assert.rejects(listenAtPath(named("x"), path, { gid: undefined }), refusal);
  await rm(path);
  await symlink(join(folder, "elsewhere"), path);
  await assert.rejects(listenAtPath(named("x"), path, { gid: undefined }), refusal);
});

test("of many engines starting at once over a stale name exactly one wins, and the winner answers", async () => {
  const racing = await mkdtemp(join(folder, "race-"));
  const path = join(racing, "r.sock");
  for (let round = 0; round < 10; round += 1) {
    await leaveStale(path);
    const racers = Array.from({ length: 8 }, (_, index) => `racer ${index}`);
    const results = await Promise.allSettled(racers.map((racer) => listenAtPath(named(racer), path, { gid: undefined })));
    const winners = racers.filter((_, index) => results[index]?.status === "fulfilled");
    assert.deepEqual([await whoAnswers(path)], winners);
    for (const result of results) {
      if (result.status === "fulfilled") await result.value[Symbol.asyncDispose]();
      else assert.match(String(result.reason), /another (process answers|engine is starting) there|another process was faster/);
    }
    await rm(`${path}.x`, { force: true });
    assert.deepEqual(await readdir(racing), [".r.sock.lock"]);
  }
});

test("closing leaves a name alone that has become another's", async () => {
  const path = join(folder, "moved.sock");
  const name = await listenAtPath(named("old"), path, { gid: undefined });
  await rm(path);
  await using _other = await listenAtPath(named("new"), path, { gid: undefined });
  await name[Symbol.asyncDispose]();
  assert.equal(await whoAnswers(path), "new");
});
