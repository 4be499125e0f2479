import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { openEngine } from "#engine";
import type { Engine, PushEvent } from "#engine";
import { hasRegistry, PASSWORD, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { imageOf, ociArchive, readTar, sha256, tarOf } from "../workbench/index.ts";
import type { TarFile } from "../workbench/index.ts";
import { load, names, save } from "./engine-fixture.ts";

const skip = hasRegistry ? false : "docker-registry is not installed";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar";
const credentials = { username: "alice", password: PASSWORD };

const app = imageOf([[{ name: "mine", data: "mine" }], [{ name: "theirs", data: "t".repeat(300_000) }]]);
const [own = Buffer.alloc(0), theirs = Buffer.alloc(0)] = app.layers;

describe("layers that may not be distributed", { skip }, () => {
  let registry: RunningRegistry;
  let site: Server;
  let origin: string;
  const asked: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];

  before(async () => {
    registry = await startRegistry({ users: ["alice"] });
    site = createServer((request, response) => {
      asked.push({ url: request.url, headers: request.headers });
      if (request.url === "/theirs.tar") response.end(theirs);
      else if (request.url === "/wrong.tar") response.end(Buffer.alloc(theirs.byteLength));
      else response.writeHead(404).end("gone");
    }).listen(0, "127.0.0.1");
    await once(site, "listening");
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  });
  after(async () => {
    site.close();
    await registry[Symbol.asyncDispose]();
  });

  /** Of `app`, with its second layer at these places. */
  function manifestOf(...paths: readonly string[]): Buffer {
    const urls = paths.map((path) => origin + path);
    const layers = [
      { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: sha256(own), size: own.byteLength },
      { mediaType: FOREIGN, digest: sha256(theirs), size: theirs.byteLength, urls },
    ];
    const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: app.id, size: app.config.byteLength };
    // As nobody else would write it, so that whoever writes it anew is found out.
    return Buffer.from(`${JSON.stringify({ layers, config, mediaType: MANIFEST, schemaVersion: 2 }, undefined, 1)}\n`);
  }

  function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`alice:${PASSWORD}`).toString("base64")}`;
    return fetch(new URL(path, registry.origin), { ...init, headers: { authorization, accept: MANIFEST, ...init.headers } });
  }

  /** Without the foreign layer, as a registry has it. */
  async function publish(repository: string, manifest: Buffer): Promise<void> {
    for (const blob of [app.config, own]) {
      const session = await ask(`/v2/${repository}/blobs/uploads/`, { method: "POST" });
      const location = new URL(session.headers.get("location") ?? "");
      location.searchParams.set("digest", sha256(blob));
      const { status } = await ask(location.href, { method: "PUT", body: new Uint8Array(blob) });
      assert.equal(status, 201);
    }
    const headers = { "content-type": MANIFEST };
    const put = await ask(`/v2/${repository}/manifests/1`, { method: "PUT", headers, body: new Uint8Array(manifest) });
    assert.equal(put.status, 201, await put.text());
  }

  /** As `docker save` of an engine that leaves foreign layers out. */
  function archiveOf(manifest: Buffer, name: string): TarFile[] {
    const annotations = { "io.containerd.image.name": name };
    const described = { mediaType: MANIFEST, digest: sha256(manifest), size: manifest.byteLength, annotations };
    const blob = (data: Buffer): TarFile => ({ name: `blobs/${sha256(data).replace(":", "/")}`, data });
    const others = ociArchive([]).filter(({ name: path }) => !path.startsWith("blobs/") && path !== "index.json");
    const index = JSON.stringify({ schemaVersion: 2, manifests: [described] });
    return [...others, blob(app.config), blob(own), blob(manifest), { name: "index.json", data: index }];
  }

  const pull = (engine: Engine, image: string): Promise<unknown> => Array.fromAsync(engine.images.pull({ image, credentials }));
  const push = (engine: Engine, name: string): Promise<PushEvent[]> => Array.fromAsync(engine.images.push({ name, credentials }));
  const blobsIn = (archive: Buffer): string[] => readTar(archive).flatMap(({ name }) => (name.endsWith("/") ? [] : [name]));

  test("come from where their descriptor says, without credentials, when the registry does not have them", async () => {
    const name = `${registry.host}/elsewhere:1`;
    await publish("elsewhere", manifestOf("/gone.tar", "/theirs.tar"));
    await using engine = await openEngine({ memory: true });
    asked.length = 0;
    await pull(engine, name);
    assert.deepEqual(
      asked.map(({ url }) => url),
      ["/gone.tar", "/theirs.tar"],
    );
    assert.ok(asked.every(({ headers }) => headers.authorization === undefined));
    const { size, id } = await engine.images.inspect(name);
    assert.deepEqual([size, id], [300_004, app.id]);
    assert.ok(blobsIn(await save(engine, name)).includes(`blobs/${sha256(theirs).replace(":", "/")}`));
  });

  test("that are nowhere are an unknown blob, and all places are named", async () => {
    await publish("nowhere", manifestOf("/gone.tar", "/neither.tar"));
    await using engine = await openEngine({ memory: true });
    const message = /^unknown blob\ncannot fetch the foreign layer sha256:\w+: failed to GET .*gone\.tar with status 404.*neither\.tar/s;
    await assert.rejects(pull(engine, `${registry.host}/nowhere:1`), { kind: "not-found", message });
  });

  test("that are something else are refused", async () => {
    await publish("wrong", manifestOf("/wrong.tar"));
    await using engine = await openEngine({ memory: true });
    const message = new RegExp(`^filesystem layer verification failed for digest ${sha256(theirs)}`);
    await assert.rejects(pull(engine, `${registry.host}/wrong:1`), { message });
    assert.deepEqual(await names(engine), []);
  });

  test("and are not here are left out of archives and pushes, which say the same of them byte for byte", async () => {
    const name = `${registry.host}/absent:1`;
    const manifest = manifestOf("/theirs.tar");
    await using engine = await openEngine({ memory: true });
    await load(engine, tarOf(archiveOf(manifest, name)));
    const events = await push(engine, name);
    const steps = events.flatMap((event) => (event.type === "layer" ? [[event.diffId, event.state.step]] : []));
    assert.deepEqual(
      steps.filter(([diffId]) => diffId === app.diffIds[1]),
      [
        [app.diffIds[1], "preparing"],
        [app.diffIds[1], "skipped"],
      ],
    );
    const sent = await ask("/v2/absent/manifests/1");
    assert.deepEqual(Buffer.from(await sent.arrayBuffer()), manifest);
    assert.equal((await ask(`/v2/absent/blobs/${sha256(theirs)}`, { method: "HEAD" })).status, 404);
    assert.deepEqual((await engine.images.inspect(name)).digests, [`${registry.host}/absent@${sha256(manifest)}`]);

    const saved = await save(engine, name);
    const expected = [app.config, own, manifest].map((blob) => `blobs/${sha256(blob).replace(":", "/")}`).sort();
    assert.deepEqual(
      blobsIn(saved).filter((path) => path.startsWith("blobs/")),
      expected,
    );
    await using other = await openEngine({ memory: true });
    await load(other, saved);
    assert.deepEqual(await names(other), [name]);
    // A pull is for having an image whole.
    asked.length = 0;
    await pull(other, name);
    assert.deepEqual([asked.length, (await other.images.inspect(name)).size], [1, 300_004]);
  });

  test("and are here are sent, as Docker does", async () => {
    const name = `${registry.host}/whole:1`;
    const manifest = manifestOf("/theirs.tar");
    await using engine = await openEngine({ memory: true });
    await load(engine, tarOf([...archiveOf(manifest, name), { name: `blobs/${sha256(theirs).replace(":", "/")}`, data: theirs }]));
    await push(engine, name);
    assert.equal((await ask(`/v2/whole/blobs/${sha256(theirs)}`, { method: "HEAD" })).status, 200);
    assert.deepEqual(Buffer.from(await (await ask("/v2/whole/manifests/1")).arrayBuffer()), manifest);
  });
});
