import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { ServedContainers } from "./served-containers.ts";

const ALL = "stream=1&stdin=1&stdout=1&stderr=1";
const INPUT = { OpenStdin: true, StdinOnce: true, AttachStdin: true };

describe("POST /containers/{id}/attach", { skip: cannotRun() }, () => {
  let api: ServedContainers;
  before(async () => (api = await serveContainers()));
  after(() => api[Symbol.asyncDispose]());

  async function start(id: string): Promise<void> {
    await api.call(`POST /containers/${id}/start`);
  }

  async function events(id: string): Promise<string[]> {
    const filters = encodeURIComponent(JSON.stringify({ container: [id] }));
    const { text } = await api.ask(`GET /events?since=0&until=${Math.ceil(Date.now() / 1000)}&filters=${filters}`);
    return text
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { Action: string }).Action);
  }

  test("before the start, as docker run does it: everything is heard, and the input's end is the program's", async () => {
    const id = await api.create("cat; echo over; echo error >&2", INPUT);
    const talk = await api.talk(`POST /containers/${id}/attach?${ALL}`);
    assert.equal(
      talk.head,
      "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp",
    );
    talk.send("early ");
    await start(id);
    talk.send("late\n");
    talk.end();
    assert.deepEqual(await talk.streams(), { stdout: "early late\nover\n", stderr: "error\n" });
    await api.call(`POST /containers/${id}/wait`);
    assert.deepEqual(await events(id), ["create", "attach", "start", "die"]);
  });

  test("without an upgrade, and for versions before 1.42, the type is the raw one", async () => {
    const id = await api.create("echo out");
    const plain = await api.talk(`POST /containers/${id}/attach?stream=1&stdout=1`, { isUpgrade: false });
    const old = await api.talk(`POST /v1.41/containers/${id}/attach?stream=1&stdout=1`);
    assert.equal(plain.head, "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream");
    assert.match(old.head, /Content-Type: application\/vnd\.docker\.raw-stream/);
    await start(id);
    assert.deepEqual([await plain.streams(), await old.streams()], [{ stdout: "out\n" }, { stdout: "out\n" }]);
  });

  test("several at once hear the same, each what it asked for", async () => {
    const id = await api.create("echo out; echo err >&2");
    const talks = await Promise.all(
      ["stdout=1&stderr=1", "stderr=1", "stdout=1"].map((what) => api.talk(`POST /containers/${id}/attach?stream=1&${what}`)),
    );
    await start(id);
    assert.deepEqual(await Promise.all(talks.map((talk) => talk.streams())), [
      { stdout: "out\n", stderr: "err\n" },
      { stderr: "err\n" },
      { stdout: "out\n" },
    ]);
  });

  test("what was said before comes from the log", async () => {
    const id = await api.run("echo early; read line; echo $line", { OpenStdin: true, StdinOnce: true });
    const first = await api.talk(`POST /containers/${id}/attach?logs=1&${ALL}`);
    await first.says("early");
    first.send("now\n");
    assert.deepEqual(await first.streams(), { stdout: "early\nnow\n" });
    const logs = await api.talk(`POST /containers/${id}/attach?logs=1&stdout=1`);
    assert.deepEqual(await logs.streams(), { stdout: "early\nnow\n" });
  });

  test("between the log and what comes nothing is missed and nothing is told twice", async () => {
    const count = 3000;
    // It ends when the last one has come: who comes later would wait for another run.
    const says = `i=0; while [ $i -lt ${count} ]; do printf "$i "; i=$((i+1)); printf "x\\n"; done; read end`;
    const id = await api.run(says, { OpenStdin: true, StdinOnce: true });
    const talks = [];
    for (let number = 0; number < 12; number += 1) talks.push(await api.talk(`POST /containers/${id}/attach?logs=1&stream=1&stdout=1`));
    (await api.talk(`POST /containers/${id}/attach?stream=1&stdin=1`)).send("\n");
    const expected = Array.from({ length: count }, (_, number) => `${number} x\n`).join("");
    for (const talk of talks) assert.equal((await talk.streams())["stdout"], expected);
  });

  test("an input that is kept open outlives who wrote to it; its end ends the conversation", async () => {
    const id = await api.run("while read line; do echo got $line; done", { OpenStdin: true });
    for (const word of ["one", "two"]) {
      const talk = await api.talk(`POST /containers/${id}/attach?${ALL}`);
      talk.send(`${word}\n`);
      await talk.says(`got ${word}`);
      talk.end();
      await talk.rest();
    }
    await api.call(`POST /containers/${id}/kill`);
  });

  test("who wants nothing has nothing to wait for", async () => {
    const id = await api.run("sleep 1000");
    for (const query of ["", "stream=1", "logs=1", "stream=1&stdin=1"]) {
      const talk = await api.talk(`POST /containers/${id}/attach?${query}`);
      assert.equal(await talk.rest(), "");
    }
    await api.call(`POST /containers/${id}/kill`);
  });

  test("who attaches and does not read holds the process up, and sets it free by leaving", async () => {
    const id = await api.create("busybox head -c 30000000 /dev/zero; echo done >&2");
    const talk = await api.talk(`POST /containers/${id}/attach?stream=1&stdout=1`);
    talk.pause();
    const errors = await api.talk(`POST /containers/${id}/attach?stream=1&stderr=1`);
    await start(id);
    await assert.rejects(
      Promise.race([errors.says("done"), new Promise((_, reject) => setTimeout(() => reject(new Error("held")), 300))]),
      /held/,
    );
    talk.leave();
    assert.deepEqual(await errors.streams(), { stderr: "done\n" });
  });

  test("a slow reader gets everything, also after the end", async () => {
    const id = await api.create("busybox head -c 60000 /dev/zero | busybox tr '\\0' x");
    const talk = await api.talk(`POST /containers/${id}/attach?stream=1&stdout=1`);
    talk.pause();
    await start(id);
    await api.call(`POST /containers/${id}/wait`);
    talk.resume();
    assert.equal((await talk.streams())["stdout"]?.length, 60_000);
  });

  test("refusals are text on the connection", async () => {
    const id = await api.create("true");
    const cases = [
      ["nope", "stream=1", "404 Not Found", "No such container: nope"],
      [id, "stream=1&detachKeys=zz", "400 Bad Request", "Invalid detach keys (zz) provided"],
    ] as const;
    for (const [name, query, status, words] of cases) {
      const talk = await api.talk(`POST /containers/${name}/attach?${query}`);
      assert.deepEqual(
        [talk.head, await talk.rest()],
        [`HTTP/1.1 ${status}\r\nContent-Type: application/vnd.docker.raw-stream`, `${words}\r\n`],
      );
    }
  });

  test("a terminal is one stream, of the size that was asked for, is resized, and is left by keys", async () => {
    const script = "busybox stty size; while read line; do echo got $line >&2; busybox stty size; done";
    const id = await api.create(script, { Tty: true, OpenStdin: true }, { ConsoleSize: [30, 100] });
    const talk = await api.talk(`POST /containers/${id}/attach?${ALL}`);
    assert.match(talk.head, /Content-Type: application\/vnd\.docker\.raw-stream/);
    await start(id);
    await talk.says("30 100\r\n");
    await api.call(`POST /containers/${id}/resize?h=40&w=120`);
    talk.send("one\n");
    await talk.says("one\r\ngot one\r\n40 120\r\n");
    talk.send("\u0010\u0011");
    assert.equal(await talk.rest(), "30 100\r\none\r\ngot one\r\n40 120\r\n");
    const again = await api.talk(`POST /containers/${id}/attach?${ALL}&detachKeys=x`);
    again.send("x");
    await again.rest();
    assert.deepEqual(await events(id), ["create", "attach", "start", "resize", "detach", "attach", "detach"]);
    assert.match((await api.ask(`GET /containers/${id}/logs?stdout=1`)).text, /^30 100\r\none\r\n/);
    await api.call(`POST /containers/${id}/kill`);
  });

  test("nobody talks to a paused container", async () => {
    const id = await api.run("sleep 1000");
    await api.call(`POST /containers/${id}/pause`);
    const talk = await api.talk(`POST /containers/${id}/attach?stream=1`);
    assert.equal(talk.head.split("\r\n")[0], "HTTP/1.1 409 Conflict");
    assert.equal(await talk.rest(), `container ${id} is paused, unpause the container before attach\r\n`);
    await assert.rejects(
      api.call(`POST /containers/${id}/exec`, { body: { Cmd: ["a"] } }),
      /409 .*is paused, unpause the container before exec/,
    );
    await api.call(`DELETE /containers/${id}?force=1`);
  });

  test("who waits for a container that is removed, or does not start, is let go", async () => {
    const removed = await api.create("true");
    const first = await api.talk(`POST /containers/${removed}/attach?stream=1&stdout=1`);
    await api.call(`DELETE /containers/${removed}`);
    assert.equal(await first.rest(), "");
    const broken = await api.create("", { Cmd: ["/no/such/program"], OpenStdin: true });
    const second = await api.talk(`POST /containers/${broken}/attach?${ALL}`);
    second.send("for nobody");
    await api.call(`POST /containers/${broken}/start`, { status: 400 });
    assert.equal(await second.rest(), "");
  });

  test("who is attached and takes nothing does not keep a container from being stopped, or from its end", async () => {
    const id = await api.run("exec busybox yes", { StopTimeout: 0 });
    const deaf = await api.talk(`POST /containers/${id}/attach?stream=1&stdout=1`);
    deaf.pause();
    // It has filled everything that lies between them, and says no more.
    const size = async (): Promise<number> => (await api.ask(`GET /containers/${id}/logs?stdout=1`)).body.length;
    for (let before = -1, now = await size(); now !== before || now === 0;) {
      before = now;
      now = await size();
    }
    await api.call(`POST /containers/${id}/stop`);
    assert.equal((await api.call(`POST /containers/${id}/wait`))["StatusCode"], 137);
    deaf.leave();
  });
});
