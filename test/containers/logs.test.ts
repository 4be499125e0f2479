import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decodeFrames } from "#wire";
import { cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { ServedContainers } from "./served-containers.ts";

const BOTH = "stdout=1&stderr=1";

describe("GET /containers/{id}/logs", { skip: cannotRun() }, () => {
  let api: ServedContainers;
  before(async () => (api = await serveContainers()));
  after(() => api[Symbol.asyncDispose]());

  async function ended(script: string, config = {}, hostConfig = {}): Promise<string> {
    const id = await api.run(script, config, hostConfig);
    await api.call(`POST /containers/${id}/wait`);
    return id;
  }

  /** `1 out` for a line of stdout, `2 err` for one of stderr; the type before them. */
  async function logs(id: string, query: string, version = "1.51"): Promise<string[]> {
    const response = await api.open(`GET /v${version}/containers/${id}/logs?${query}`);
    assert.equal(response.statusCode, 200);
    const lines: string[] = [];
    for await (const { stream, bytes } of decodeFrames(response)) lines.push(`${stream} ${Buffer.from(bytes).toString()}`);
    return lines;
  }

  test("tells what both streams said, line by line, to its last words", async () => {
    const id = await ended("echo one; echo two >&2; busybox usleep 50000; printf three");
    const all = await logs(id, BOTH);
    assert.deepEqual(all.toSorted(), ["stderr two\n", "stdout one\n", "stdout three"]);
    assert.equal(all.at(-1), "stdout three");
    assert.deepEqual(await logs(id, "stdout=1"), ["stdout one\n", "stdout three"]);
    assert.deepEqual(await logs(id, "stderr=true"), ["stderr two\n"]);
    assert.deepEqual(await logs(id, `${BOTH}&tail=1`), ["stdout three"]);
    assert.deepEqual(await logs(id, "stderr=1&tail=1"), [], "the tail is counted before the streams are chosen");
    for (const tail of ["all", "", "-1", "x"]) assert.equal((await logs(id, `${BOTH}&tail=${tail}`)).length, 3, tail);
    assert.deepEqual(await logs(id, `${BOTH}&tail=0`), []);
    assert.deepEqual(await logs(id, `${BOTH}&follow=1&tail=1`), ["stdout three"]);
  });

  test("has times of nine decimals, and takes them for since and until", async () => {
    const id = await ended("for i in 1 2 3 4; do echo $i; busybox usleep 5000; done");
    const lines = await logs(id, "stdout=1&timestamps=1");
    const times = lines.map((line) => /^stdout (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{9})Z \d\n$/.exec(line));
    const unix = times.map((match) => `${Date.parse(`${match?.[1]}Z`) / 1000}${match?.[2]}`);
    assert.deepEqual(await logs(id, `stdout=1&since=${unix[1]}`), ["stdout 2\n", "stdout 3\n", "stdout 4\n"]);
    assert.deepEqual(await logs(id, `stdout=1&until=${unix[1]}`), ["stdout 1\n", "stdout 2\n"]);
    assert.deepEqual(await logs(id, `stdout=1&since=${unix[1]}&until=${unix[2]}`), ["stdout 2\n", "stdout 3\n"]);
    assert.deepEqual(await logs(id, "stdout=1&since=99999999999"), []);
    assert.equal((await logs(id, "stdout=1&since=0&until=0")).length, 4, "zero is no bound");
    assert.deepEqual(await logs(id, "stdout=1&until=1", "1.24"), [], "as dockerd, whatever the version");
  });

  test("tells details as the log's options add them", async () => {
    const config = { Labels: { a: "x y", b: "2" }, Env: ["C=ü"] };
    const id = await ended("echo out", config, { LogConfig: { Type: "json-file", Config: { labels: "b,a", env: "C" } } });
    assert.deepEqual(await logs(id, "stdout=1&details=1"), ["stdout C=%C3%BC,a=x+y,b=2 out\n"]);
    const [line] = await logs(id, "stdout=1&details=1&timestamps=1");
    assert.match(line ?? "", /^stdout \S+Z C=%C3%BC,a=x\+y,b=2 out\n$/);
    assert.deepEqual(await logs(await ended("echo out"), "stdout=1&details=1"), ["stdout  out\n"]);
  });

  test("follows to the end of the run", async () => {
    const id = await api.run("echo first; read line; echo $line; read line; echo over", { OpenStdin: true, StdinOnce: true });
    const talk = await api.talk(`POST /containers/${id}/attach?stream=1&stdin=1`);
    const following = (async () => {
      const seen: string[] = [];
      const response = await api.open(`GET /containers/${id}/logs?stdout=1&follow=1`);
      for await (const { bytes } of decodeFrames(response)) {
        seen.push(Buffer.from(bytes).toString());
        if (seen.length === 1) talk.send("second\n");
        if (seen.length === 2) talk.end();
      }
      return seen;
    })();
    assert.deepEqual(await following, ["first\n", "second\n", "over\n"]);
  });

  test("who goes away while it follows is forgotten", async () => {
    const id = await api.run("while true; do echo x; done");
    const response = await api.open(`GET /containers/${id}/logs?stdout=1&follow=1`);
    for await (const _ of response) break;
    await api.call(`POST /containers/${id}/kill`);
    await api.call(`DELETE /containers/${id}`);
  });

  test("the type says since 1.42 that there are frames", async () => {
    const id = await ended("echo out");
    for (const [version, type] of [
      ["1.41", "raw"],
      ["1.42", "multiplexed"],
    ]) {
      const { headers } = await api.ask(`GET /v${version}/containers/${id}/logs?stdout=1`);
      assert.equal(headers["content-type"], `application/vnd.docker.${type}-stream`);
    }
  });

  test("refusals are Docker's", async () => {
    const none = await ended("echo x", {}, { LogConfig: { Type: "none" } });
    const cases = [
      ["nope", "", 400, "Bad parameters: you must choose at least one stream"],
      ["nope", "stdout=1", 404, "No such container: nope"],
      [none, "stdout=1", 501, "configured logging driver does not support reading"],
      [none, "stdout=1&since=x", 400, 'invalid timestamp "x": invalid seconds "x": invalid syntax'],
    ] as const;
    for (const [id, query, status, message] of cases) {
      const reply = await api.ask(`GET /containers/${id}/logs?${query}`);
      assert.deepEqual([reply.status, reply.text], [status, `${JSON.stringify({ message })}\n`]);
    }
    const body = { Image: "box:1", Cmd: ["true"], HostConfig: { LogConfig: { Type: "json-file", Config: { "max-file": "0" } } } };
    await assert.rejects(api.call("POST /containers/create", { body }), /400 .*max-file cannot be less than 1/);
  });

  test("a container that never ran has an empty log, and one that ran twice has both", async () => {
    const id = await api.create("echo hello");
    assert.deepEqual(await logs(id, `${BOTH}&follow=1`), []);
    for (let run = 0; run < 2; run += 1) {
      await api.call(`POST /containers/${id}/start`);
      await api.call(`POST /containers/${id}/wait`);
    }
    assert.deepEqual(await logs(id, "stdout=1"), ["stdout hello\n", "stdout hello\n"]);
  });

  test("a log keeps to its bounds, its newest lines in it", async () => {
    const LogConfig = { Type: "json-file", Config: { "max-size": "20k", "max-file": "2" } };
    const id = await ended("i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done", {}, { LogConfig });
    const lines = (await logs(id, "stdout=1")).map((line) => Number(line.slice("stdout ".length)));
    assert.equal(lines.at(-1), 2999);
    assert.deepEqual(
      lines,
      Array.from({ length: lines.length }, (_, index) => 3000 - lines.length + index),
    );
    assert.ok(lines.length > 200 && lines.length < 1000, `${lines.length} lines`);
  });
});
