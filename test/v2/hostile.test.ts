import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openEngine } from "#engine";
import { Lab } from "./case.ts";
import { imageOf, randomPiece } from "./content.ts";
import { replyOf, serveRegistry } from "./served-registry.ts";

const engine = await openEngine({ memory: true });
const registry = await serveRegistry(engine);
after(async () => {
  await registry[Symbol.asyncDispose]();
  await engine.close();
});
const lab = new Lab(engine, registry, 0);

test("only what is below /v2/ is the registry's", async () => {
  for (const path of ["/", "/_ping", "/v2x/", "/v1.51/v2/", "//v2/", "/V2/", "/%76%32/", "/images/v2/json"]) {
    assert.equal((await registry.ask(`GET ${path}`)).body.toString(), "elsewhere", path);
  }
  for (const path of ["/v2", "/v2/", "/v2/?n=1", "http://elsewhere.example/v2/"])
    assert.equal((await registry.ask(`GET ${path}`)).status, 200, path);
});

test("nothing from a path or a query breaks out of the answer's head", async () => {
  await lab.push(imageOf(), "v1");
  const cr = "%0d%0aX-Evil:%201";
  const lines = [
    `GET tags/list?n=1&last=a${cr}`,
    `GET /v2/${lab.repository}${cr}/tags/list`,
    `GET manifests/v1${cr}`,
    `GET /v2/_catalog?n=0&last=${cr}`,
    `POST /v2/a${cr}/blobs/uploads/`,
    `GET referrers/sha256:${"0".repeat(64)}?artifactType=${cr}`,
  ];
  for (const line of lines) {
    const { headers, status } = await registry.ask(line.replace(/ (?!\/)/, ` /v2/${lab.repository}/`));
    assert.equal(headers["x-evil"], undefined, line);
    assert.ok(status < 500, line);
  }
});

test("names that JavaScript knows are names like any other", async () => {
  for (const word of ["__proto__", "constructor", "toString", "hasownproperty"]) {
    for (const line of [`GET manifests/${word}`, `GET blobs/uploads/${word}`, `GET /v2/${word}/tags/list`, `GET /v2/a/${word}/tags/list`]) {
      const { status, body } = await registry.ask(line.replace(/ (?!\/)/, ` /v2/${lab.repository}/`));
      assert.ok(status === 404 || status === 400, `${line}: ${status} ${body.toString()}`);
    }
  }
  assert.equal((await registry.ask(`constructor /v2/${lab.repository}/tags/list`).catch(() => ({ status: 400 }))).status, 400);
});

test("pages stay small, whatever is asked for, and 10,000 tags are listed in no time", async () => {
  const { digest } = (await lab.push(imageOf(), "many")).descriptor;
  for (let from = 0; from < 10_000; from += 500) {
    for (let tag = from; tag < from + 500; tag += 1)
      await engine.images.tag(`${lab.repository}@${digest}`, { repository: lab.repository, tag: `t${tag}` });
  }
  const started = performance.now();
  let count = 0;
  let next: string | undefined = `/v2/${lab.repository}/tags/list?n=99999999999999999999`;
  while (next !== undefined) {
    const { headers, body } = await lab.ask(200, `GET ${next}`);
    const { tags } = JSON.parse(body.toString()) as { tags: string[] };
    assert.ok(tags.length <= 1000);
    count += tags.length;
    next = /^<([^>]+)>/.exec(String(headers["link"] ?? ""))?.[1];
  }
  assert.equal(count, 10_002);
  assert.ok(performance.now() - started < 2000);
  assert.equal(((await lab.json("GET tags/list")) as { tags: string[] }).tags.length, 1000);
});

test("a large body for an upload that is not there is answered, not waited for", async () => {
  const sent = registry.open(`PATCH /v2/${lab.repository}/blobs/uploads/unknown`, { "Content-Length": String(1024 ** 4) });
  sent.on("error", () => undefined);
  const reply = replyOf(sent);
  sent.write("the beginning");
  assert.equal((await reply).status, 404);
  sent.destroy();
});

test("a manifest without end is cut at its limit", async () => {
  const sent = registry.open(`PUT /v2/${lab.repository}/manifests/v1`, { "Transfer-Encoding": "chunked" });
  sent.on("error", () => undefined);
  const reply = replyOf(sent);
  for (let sixth = 0; sixth < 6; sixth += 1) sent.write(Buffer.alloc(1024 * 1024, " "));
  assert.equal((await reply).status, 413);
  sent.destroy();
});

test("a transfer coding that cannot be undone is refused", async () => {
  const sent = registry.open(`POST /v2/${lab.repository}/blobs/uploads/?digest=${randomPiece().descriptor.digest}`, {
    "Transfer-Encoding": "gzip, chunked",
  });
  sent.end("bytes");
  assert.equal((await replyOf(sent)).status, 501);
});

test("nothing of this was a bug", () => {
  assert.deepEqual(registry.logged, []);
});
