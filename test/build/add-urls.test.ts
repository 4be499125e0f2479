import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { sha256 } from "../workbench/index.ts";
import { BuildBench, cachedSteps } from "./build-bench.ts";
import { tarOfFiles } from "./context-files.ts";

const DAY = "Fri, 01 Mar 2024 12:00:00 GMT";
const SECONDS = Date.parse(DAY) / 1000;

interface Page {
  readonly body: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

describe("ADD of URLs, and contexts from there", () => {
  let bench: BuildBench;
  let server: Server;
  let origin: string;
  const pages = new Map<string, Page>();

  before(async () => {
    bench = await BuildBench.open();
    server = createServer(({ url = "" }, response) => {
      const page = pages.get(url);
      response.writeHead(page === undefined ? 404 : 200, page?.headers).end(page?.body ?? "no such page");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await bench[Symbol.asyncDispose]();
  });
  beforeEach(() => pages.clear());

  const add = (words: string) => bench.build({ text: `FROM scratch\nADD ${words}` });

  test("123: a file is root's, 0600, and as old as the server says", async () => {
    pages.set("/d/f", { body: "f", headers: { "Last-Modified": DAY } });
    const { files, at } = await add(`${origin}/d/f /x/`);
    assert.deepEqual(files, { "x/": "0755 0:0", "x/f": "0600 0:0 f" });
    assert.equal(at("x/f")?.mtime.seconds, SECONDS);
  });

  test("123: a file of no time is of 1970", async () => {
    pages.set("/f", { body: "old" });
    const { files, at } = await add(`--chown=5 --chmod=u+x ${origin}/f /g`);
    assert.deepEqual([files, at("g")?.mtime.seconds], [{ g: "0700 5:5 old" }, 0]);
  });

  test("123: the same content is found again, whatever its time", async () => {
    pages.set("/c", { body: "same", headers: { "Last-Modified": DAY } });
    await add(`${origin}/c /c`);
    assert.deepEqual(cachedSteps((await add(`${origin}/c /c`)).events), [2]);
    pages.set("/c", { body: "same", headers: { "Last-Modified": "Sat, 02 Mar 2024 12:00:00 GMT" } });
    assert.deepEqual(cachedSteps((await add(`${origin}/c /c`)).events), [2]);
    pages.set("/c", { body: "other" });
    assert.deepEqual(cachedSteps((await add(`${origin}/c /c`)).events), []);
  });

  test("124: an archive is not unpacked, unless that is asked for", async () => {
    const tar = gzipSync(await tarOfFiles({ f: { text: "f", uid: 7, gid: 8 } }));
    pages.set("/t.tar.gz", { body: tar });
    assert.deepEqual((await add(`${origin}/t.tar.gz /x/`)).files, { "x/": "0755 0:0", "x/t.tar.gz": `0600 0:0 ${tar.toString("utf8")}` });
    assert.deepEqual((await add(`--unpack=true ${origin}/t.tar.gz /x/`)).files, { "x/": "0755 0:0", "x/f": "0644 7:8 f" });
  });

  test("125: a page that is not there", async () => {
    const message = await bench.fail({ text: `FROM scratch\nADD ${origin}/nope /x` });
    assert.equal(message, `ADD failed: failed to GET ${origin}/nope with status 404 Not Found: no such page`);
  });

  test("126: --checksum", async () => {
    pages.set("/f", { body: "f" });
    const [right, wrong] = [sha256(Buffer.from("f")), sha256(Buffer.from("g"))];
    assert.deepEqual((await add(`--checksum=${right} ${origin}/f /`)).files, { f: "0600 0:0 f" });
    const fail = (words: string) => bench.fail({ text: `FROM scratch\nADD ${words}`, files: { f: "f" } });
    assert.equal(await fail(`--checksum=${wrong} ${origin}/f /`), `digest mismatch ${right}: ${wrong}`);
    assert.equal(await fail(`--checksum=${right} f /`), "checksum requires HTTP(S) or Git sources");
    assert.equal(await fail(`--checksum=${right} ${origin}/f ${origin}/f /x/`), "checksum can't be specified for multiple sources");
  });

  test("3.10: a name comes from the URL, else from the server, else there is none", async () => {
    pages.set("/?q=/no", { body: "f", headers: { "Content-Disposition": 'attachment; filename="named"' } });
    pages.set("/", { body: "f" });
    assert.deepEqual((await add(`${origin}/?q=/no /x/`)).files, { "x/": "0755 0:0", "x/named": "0600 0:0 f" });
    assert.deepEqual((await add(`${origin}/ /y`)).files, { y: "0600 0:0 f" });
    assert.equal(await bench.fail({ text: `FROM scratch\nADD ${origin}/ /x/` }), `cannot determine filename for source ${origin}/`);
  });

  test("3.10: several sources of different kinds", async () => {
    pages.set("/a", { body: "a" });
    const order = { text: `FROM scratch\nADD ${origin}/a b t.tar /x/`, files: { b: "b", "t.tar": await tarOfFiles({ c: "c" }) } };
    const { files } = await bench.build(order);
    assert.deepEqual(files, { "x/": "0755 0:0", "x/a": "0600 0:0 a", "x/b": "0644 0:0 b", "x/c": "0644 0:0 c" });
  });

  test("154: an archive is a context, a text a Dockerfile without one", async () => {
    const context = await tarOfFiles({ "sub/Dockerfile": "FROM scratch\nCOPY f /", f: "f" });
    pages.set("/context", { body: gzipSync(context), headers: { "Content-Type": "application/octet-stream" } });
    pages.set("/text", { body: "FROM scratch\nLABEL a=b", headers: { "Content-Type": "text/plain; charset=utf-8" } });
    pages.set("/image", { body: "x", headers: { "Content-Type": "image/png" } });
    assert.deepEqual((await bench.build({ remote: `${origin}/context`, dockerfile: "sub/Dockerfile" })).files, { f: "0644 0:0 f" });
    assert.deepEqual((await bench.build({ remote: `${origin}/text` })).config.config.Labels, { a: "b" });
    const refused = `error detecting content type for remote ${origin}/image: unsupported Content-Type "image/png"`;
    assert.equal(await bench.fail({ remote: `${origin}/image` }), refused);
    const missing = `error downloading remote context ${origin}/no: failed to GET ${origin}/no with status 404 Not Found: no such page`;
    assert.equal(await bench.fail({ remote: `${origin}/no` }), missing);
    assert.equal(await bench.fail({ remote: "foo" }), "remoteURL (foo) could not be recognized as URL");
  });
});
