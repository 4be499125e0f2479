import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readTar, writeTar } from "#archive";
import type { TarEntryInput } from "#archive";
import { cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { ServedContainers } from "./served-containers.ts";

describe("files of containers", { skip: cannotRun() }, () => {
  let served: ServedContainers;
  let folder: string;

  before(async () => {
    served = await serveContainers();
    folder = mkdtempSync(join(tmpdir(), "slipway-files-"));
    mkdirSync(join(folder, "ro"));
    writeFileSync(join(folder, "ro", "f"), "bound");
  });
  after(async () => {
    await served[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** Runs to its end, or for as long as it takes. */
  async function ran(script: string, hostConfig = {}, config = {}): Promise<string> {
    const id = await served.run(script, config, hostConfig);
    await served.call(`POST /containers/${id}/wait`);
    return id;
  }

  async function ask(methodAndPath: string, body?: Uint8Array): ReturnType<ServedContainers["ask"]> {
    return served.ask(methodAndPath, body === undefined ? {} : { body, headers: { "Content-Type": "application/x-tar" } });
  }

  async function tar(...entries: readonly (TarEntryInput & { readonly text?: string })[]): Promise<Buffer> {
    const items = entries.map(({ text = "", ...header }) => ({
      header: { mode: 0o644, ...header, size: text.length },
      body: Buffer.from(text),
    }));
    return Buffer.concat(await Array.fromAsync(writeTar(items)));
  }

  async function entriesOf(bytes: Uint8Array): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for await (const { header, body } of readTar(once(bytes))) {
      found[header.path] = header.linkPath === "" ? Buffer.concat(await Array.fromAsync(body)).toString() : `-> ${header.linkPath}`;
    }
    return found;
  }

  async function got(id: string, path: string): Promise<Record<string, string>> {
    const reply = await ask(`GET /containers/${id}/archive?path=${encodeURIComponent(path)}`);
    assert.equal(reply.status, 200, reply.text);
    return entriesOf(reply.body);
  }

  test("what a container changed is told, and null when that is nothing", async () => {
    const binds = { Binds: [`${join(folder, "ro")}:/b/ro:ro`], Tmpfs: { "/t": "" } };
    const id = await ran("echo x >/new; rm /bin/cat; chmod 700 /tmp; touch /b/ro/no; touch /t/f; echo 1 >>/etc/hosts", binds);
    const changes = JSON.parse((await ask(`GET /containers/${id}/changes`)).text) as { Path: string; Kind: number }[];
    assert.deepEqual(
      changes.map(({ Path, Kind }) => `${Kind} ${Path}`),
      ["1 /b", "1 /b/ro", "0 /bin", "2 /bin/cat", "1 /new", "1 /t", "0 /tmp"],
    );
    assert.equal((await ask(`GET /containers/${await served.create("true")}/changes`)).text, "null\n");
    assert.equal((await ask("GET /containers/nope/changes")).text, '{"message":"No such container: nope"}\n');
  });

  test("an export has everything but what is mounted, and can be imported again", async () => {
    const id = await ran("echo x >/new; rm /bin/cat", { Binds: [`${join(folder, "ro")}:/b/ro:ro`] });
    const reply = await ask(`GET /containers/${id}/export`);
    assert.equal(reply.headers["content-type"], "application/octet-stream");
    const entries = await entriesOf(reply.body);
    assert.equal(entries["new"], "x\n");
    const own = [".dockerenv", "etc/hosts", "etc/hostname", "etc/resolv.conf", "dev/console"];
    for (const name of own) assert.equal(entries[name], "", name);
    assert.equal(entries["etc/mtab"], "-> /proc/mounts");
    assert.ok("b/ro/" in entries && !("b/ro/f" in entries) && !("bin/cat" in entries) && "bin/sh" in entries);
    const imported = await ask("POST /images/create?fromSrc=-&repo=exported", reply.body);
    assert.match(imported.text, /sha256:/);
  });

  test("a path is told of in a header, and its files are in the archive, running or not", async () => {
    const script = "mkdir -p /w/d; echo hello >/w/d/f; chmod 4755 /w/d/f; ln -s /w/d/f /w/l; touch /w/ready; sleep 100";
    const id = await served.run(script, { Tty: false });
    for (let tries = 0; tries < 200 && (await ask(`HEAD /containers/${id}/archive?path=/w/ready`)).status !== 200; tries++);
    const check = async (): Promise<void> => {
      const reply = await ask(`HEAD /containers/${id}/archive?path=/w/l`);
      const stat = JSON.parse(Buffer.from(String(reply.headers["x-docker-container-path-stat"]), "base64").toString()) as object;
      const { mtime, ...rest } = stat as { mtime: string };
      assert.deepEqual(rest, { name: "l", size: 6, mode: 2 ** 27 + 0o777, linkTarget: "/w/d/f" });
      assert.match(mtime, /^\d{4}-\d\d-\d\dT.*Z$/);
      assert.deepEqual(await got(id, "/w/d"), { "d/": "", "d/f": "hello\n" });
      assert.deepEqual(await got(id, "/w/d/."), { "./": "", "./f": "hello\n" });
      assert.deepEqual(await got(id, "w/l"), { l: "-> /w/d/f" });
    };
    await check();
    await served.call(`POST /containers/${id}/kill`);
    await served.call(`POST /containers/${id}/wait`);
    await check();
  });

  test("files are put into a container before its first start, into what is mounted, and after its end", async () => {
    mkdirSync(join(folder, "rw"));
    const id = await served.create("cat /tmp/in; cat /v/in", {}, { Binds: [`${join(folder, "rw")}:/v`] });
    const archive = await tar({ type: "file", path: "in", text: "one\n" });
    for (const path of ["/tmp", "/v"]) assert.equal((await ask(`PUT /containers/${id}/archive?path=${path}`, archive)).status, 200, path);
    assert.equal(readFileSync(join(folder, "rw", "in"), "utf8"), "one\n");
    await served.call(`POST /containers/${id}/start`);
    assert.equal(Number((await served.call(`POST /containers/${id}/wait`))["StatusCode"]), 0);
    await ask(`PUT /containers/${id}/archive?path=/tmp`, await tar({ type: "file", path: "in", text: "two\n" }));
    assert.deepEqual(await got(id, "/tmp/in"), { in: "two\n" });
  });

  test("copyUIDGID gives everything to the container's user", async () => {
    const id = await served.create("true", { User: "user" });
    await ask(`PUT /containers/${id}/archive?path=/tmp&copyUIDGID=1`, await tar({ type: "file", path: "in", uid: 5, gid: 5 }));
    const reply = await ask(`GET /containers/${id}/archive?path=/tmp/in`);
    for await (const { header } of readTar(once(reply.body))) assert.deepEqual([header.uid, header.gid], [1000, 1000]);
  });

  for (const [what, request, status, message] of [
    ["nothing there", "GET ?path=/nope/x", 404, "Could not find the file /nope/x in container NAME"],
    ["no path", "GET ?path=", 400, "bad parameter: path cannot be empty"],
    ["a name too long", `GET ?path=/${"x".repeat(256)}`, 500, `lstat /${"x".repeat(256)}: file name too long`],
    ["below a file", "GET ?path=/bin/busybox/x", 500, "lstat /bin/busybox/x: not a directory"],
    ["into nothing", "PUT ?path=/nope", 404, "Could not find the file /nope in container NAME"],
    ["into a file", "PUT ?path=/bin/busybox", 400, "extraction point is not a directory"],
    ["below a file", "PUT ?path=/bin/busybox/x", 500, "not a directory"],
    ["into a read-only mount", "PUT ?path=/ro", 400, "mounted volume is marked read-only"],
    ["into a read-only root", "PUT ?path=/tmp", 400, "container rootfs is marked read-only"],
    ["over a directory", "PUT ?path=/rw&noOverwriteDirNonDir=1", 500, 'cannot overwrite directory "in" with non-directory "/rw"'],
  ] as const) {
    test(`refusals have Docker's words: ${request}, ${what}`, async () => {
      mkdirSync(join(folder, "kinds", "in"), { recursive: true });
      const Binds = [`${join(folder, "ro")}:/ro:ro`, `${join(folder, "kinds")}:/rw`];
      const id = await served.create("true", {}, { Binds, ReadonlyRootfs: true });
      const [method, query] = request.split(" ");
      const reply = await ask(
        `${method} /containers/${id}/archive${query}`,
        method === "PUT" ? await tar({ type: "file", path: "in" }) : undefined,
      );
      const told = JSON.parse(reply.text) as { message: string };
      assert.deepEqual([reply.status, told.message], [status, message.replace("NAME", id)]);
      await served.call(`DELETE /containers/${id}`);
    });
  }

  test("a container that swaps a directory for a link to the machine's files leads nobody there", async () => {
    const outside = join(folder, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "secret"), "");
    const swap = `mkdir -p /w/s; while :; do mv /w/s /w/a; ln -s ${outside} /w/s; rm /w/s; mv /w/a /w/s; done`;
    const id = await served.run(swap);
    const archive = await tar({ type: "file", path: "s/canary", text: "x" });
    for (let round = 0; round < 15; round++) {
      await ask(`PUT /containers/${id}/archive?path=/w`, archive);
      await ask(`PUT /containers/${id}/archive?path=/w/s`, await tar({ type: "file", path: "canary" }));
      const reply = await ask(`GET /containers/${id}/archive?path=/w/s/`);
      if (reply.status === 200) assert.ok(!reply.body.includes("secret"));
    }
    assert.deepEqual(readdirSync(outside), ["secret"]);
    await served.call(`DELETE /containers/${id}?force=1`);
  });

  test("removing a container cuts off who reads its files, and leaves nothing mounted", async () => {
    const id = await ran("dd if=/dev/zero of=/big bs=1M count=64");
    const stream = served.engine.containers.export(id);
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    assert.match(readFileSync("/proc/self/mounts", "utf8"), new RegExp(id));
    await served.call(`DELETE /containers/${id}`);
    assert.doesNotMatch(readFileSync("/proc/self/mounts", "utf8"), new RegExp(id));
    await reader.return?.();
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
