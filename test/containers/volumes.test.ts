import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { Json, ServedContainers } from "./served-containers.ts";

interface Mount {
  readonly Type: string;
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly Driver?: string;
  readonly Mode: string;
  readonly RW: boolean;
  readonly Propagation: string;
}

describe("volumes", { skip: cannotRun() }, () => {
  let served: ServedContainers;

  before(async () => {
    served = await serveContainers();
    const id = await served.run("mkdir -p /data/sub; echo seeded >/data/sub/f; ln -s f /data/sub/l; chown -R 5:6 /data; chmod 750 /data");
    await served.call(`POST /containers/${id}/wait`);
    await served.call(`POST /commit?container=${id}&repo=seeded&changes=VOLUME+/data`, { status: 201 });
  });
  after(() => served[Symbol.asyncDispose]());

  async function mountsOf(id: string): Promise<readonly Mount[]> {
    return (await served.call(`GET /containers/${id}/json`))["Mounts"] as readonly Mount[];
  }

  async function only(id: string): Promise<Mount> {
    const [mount, another] = await mountsOf(id);
    assert.ok(mount !== undefined && another === undefined);
    return mount;
  }

  async function finished(
    script: string,
    config: Json = {},
    hostConfig: Json = {},
  ): Promise<{ readonly id: string; readonly code: unknown }> {
    const id = await served.run(script, config, hostConfig);
    return { id, code: (await served.call(`POST /containers/${id}/wait`))["StatusCode"] };
  }

  async function volumes(query = ""): Promise<readonly Json[]> {
    return (await served.call(`GET /volumes${query}`))["Volumes"] as readonly Json[];
  }

  test("a volume of the image begins with what the image has there, its owner and permissions included", async () => {
    const { id, code } = await finished("cat /data/sub/f && echo new >/data/new", { Image: "seeded" });
    assert.equal(code, 0);
    const { Name = "", Source, ...rest } = await only(id);
    assert.match(Name, /^[0-9a-f]{64}$/);
    assert.deepEqual(rest, { Type: "volume", Destination: "/data", Driver: "local", Mode: "", RW: true, Propagation: "" });
    const { uid, gid, mode } = lstatSync(Source);
    assert.deepEqual([uid, gid, mode & 0o777, lstatSync(`${Source}/sub/f`).uid], [5, 6, 0o750, 5]);
    assert.deepEqual([readdirSync(Source), readFileSync(`${Source}/new`, "utf8")], [["new", "sub"], "new\n"]);
    assert.equal((await served.ask(`GET /containers/${id}/changes`)).text, "null\n");
    await served.call(`DELETE /containers/${id}?v=1`);
    assert.equal(existsSync(Source), false);
  });

  test("it keeps what was written to it while its container is there, and is filled once", async () => {
    const id = await served.run("echo more >>/data/sub/f; read l </data/gone || rm /data/sub/l", { Image: "seeded" });
    await served.call(`POST /containers/${id}/wait`);
    await served.call(`POST /containers/${id}/start`);
    await served.call(`POST /containers/${id}/wait`);
    const { Source } = await only(id);
    assert.deepEqual([readFileSync(`${Source}/sub/f`, "utf8"), readdirSync(`${Source}/sub`)], ["seeded\nmore\nmore\n", ["f"]]);
    await served.call(`DELETE /containers/${id}?v=1`);
  });

  test("a volume can be anywhere, also in another, and left empty", async () => {
    const Mounts = [{ Type: "volume", Target: "/data/sub", VolumeOptions: { NoCopy: true } }];
    const config = { Image: "seeded", Volumes: { "/data/deep/er": {}, "/none": {} }, User: "user" };
    const { id, code } = await finished('ls /none && ls /data/deep; test -z "$(ls -A /data/sub)"', { ...config, User: "" }, { Mounts });
    assert.equal(code, 0);
    const mounts = await mountsOf(id);
    assert.deepEqual(mounts.map(({ Destination }) => Destination).sort(), ["/data", "/data/deep/er", "/data/sub", "/none"]);
    assert.equal(mounts.find(({ Destination }) => Destination === "/data/sub")?.Mode, "z");
    const data = mounts.find(({ Destination }) => Destination === "/data")?.Source ?? "";
    assert.deepEqual([readdirSync(data), lstatSync(`${data}/deep`).mode & 0o777], [["deep", "sub"], 0o755]);
    await served.call(`DELETE /containers/${id}?v=1`);
  });

  test("files are put into a volume before the container ever ran", async () => {
    const id = await served.create("true", { Image: "seeded" });
    const reply = await served.ask(`GET /containers/${id}/archive?path=/data/sub/f`);
    assert.match(reply.text, /seeded/);
    assert.ok(existsSync(`${(await only(id)).Source}/sub/f`));
    await served.call(`DELETE /containers/${id}?v=1`);
  });

  test("it stays when its container goes, unless that is removed with its volumes or removes itself", async () => {
    const stays = await served.create("true", { Image: "seeded" });
    const { Name: kept = "" } = await only(stays);
    assert.deepEqual(JSON.parse((await served.ask(`DELETE /volumes/${kept}`)).text), {
      message: `remove ${kept}: volume is in use - [${stays}]`,
    });
    await served.call(`DELETE /containers/${stays}`);
    const volume = await served.call(`GET /volumes/${kept}`);
    assert.deepEqual([volume["Driver"], volume["Labels"], volume["Scope"]], ["local", { "com.docker.volume.anonymous": "" }, "local"]);
    assert.ok((await volumes("?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D")).some(({ Name }) => Name === kept));
    await served.call(`DELETE /volumes/${kept}`, { status: 204 });
    assert.deepEqual(JSON.parse((await served.ask(`GET /volumes/${kept}`)).text), { message: `get ${kept}: no such volume` });

    const id = await served.create("true", { Image: "seeded" }, { AutoRemove: true });
    const { Name: own = "" } = await only(id);
    await served.call(`POST /containers/${id}/start`);
    await served.ask(`POST /containers/${id}/wait?condition=removed`);
    assert.ok(!(await volumes()).some(({ Name }) => Name === own));
  });

  test("other containers see it by volumes-from, and it stays while they have it", async () => {
    const first = await served.create("true", { Image: "seeded" });
    const VolumesFrom = [`${first}:ro`];
    const { id, code } = await finished("cat /data/sub/f; ! touch /data/x", {}, { VolumesFrom });
    assert.equal(code, 0);
    const { Name = "", RW } = await only(id);
    assert.equal(RW, false);
    await served.call(`DELETE /containers/${first}?v=1`);
    await served.call(`GET /volumes/${Name}`);
    await served.call(`DELETE /containers/${id}?v=1`);
    await served.call(`DELETE /volumes/${Name}`);
  });

  for (const [what, hostConfig, message] of [
    ["another container that is not there", { VolumesFrom: ["nope"] }, "No such container: nope"],
    ["nobody's volumes", { VolumesFrom: [""] }, "volumes-from specification cannot be an empty string"],
    ["others' volumes in a way of its own", { VolumesFrom: ["nope:zz"] }, "invalid mode: zz"],
    [
      "a directory that is not there",
      { Mounts: [{ Type: "bind", Source: "/none/here", Target: "/x" }] },
      'invalid mount config for type "bind": bind source path does not exist: /none/here',
    ],
  ] as const) {
    test(`who asks for ${what} is refused, and no volume is left behind`, async () => {
      const known = await volumes();
      const reply = await served.ask("POST /containers/create", {
        body: JSON.stringify({ Image: "seeded", Cmd: ["true"], HostConfig: hostConfig }),
        headers: { "Content-Type": "application/json" },
      });
      assert.deepEqual([reply.status, JSON.parse(reply.text)], [400, { message }]);
      assert.deepEqual(await volumes(), known);
    });
  }

  for (const [request, status, text] of [
    ["DELETE /volumes/nope", 404, '{"message":"get nope: no such volume"}\n'],
    ["DELETE /volumes/nope?force=1", 204, ""],
    ["GET /volumes?filters=x", 400, '{"message":"error reading volume filters: invalid filter"}\n'],
    [`POST /volumes/prune?filters=${encodeURIComponent('{"all":["x"]}')}`, 400, `{"message":"invalid filter 'all=[x]'"}\n`],
  ] as const) {
    test(`${request} is answered in words`, async () => {
      const reply = await served.ask(request);
      assert.deepEqual([reply.status, reply.text], [status, text]);
    });
  }

  test("pruning removes what no container has, and disk usage counts all", async () => {
    const [used, unused] = [await served.create("true", { Image: "seeded" }), await served.create("true", { Image: "seeded" })];
    for (const id of [used, unused]) await served.ask(`GET /containers/${id}/archive?path=/data`);
    const [{ Name: kept = "" }, { Name: gone = "" }] = [await only(used), await only(unused)];
    await served.call(`DELETE /containers/${unused}`);
    const { Volumes } = await served.call("GET /v1.51/system/df?type=volume");
    const sizes = new Map(
      (Volumes as { Name: string; UsageData: { RefCount: number; Size: number } }[]).map((row) => [row.Name, row.UsageData]),
    );
    assert.deepEqual([sizes.get(kept)?.RefCount, sizes.get(gone)?.RefCount], [1, 0]);
    assert.ok((sizes.get(gone)?.Size ?? 0) >= 7);
    const { VolumesDeleted, SpaceReclaimed } = await served.call("POST /volumes/prune");
    assert.deepEqual([VolumesDeleted, Number(SpaceReclaimed) >= 7], [[gone], true]);
    assert.equal((await served.ask(`GET /volumes/${kept}`)).status, 200);
    await served.call(`DELETE /containers/${used}?v=1`);
  });
});
