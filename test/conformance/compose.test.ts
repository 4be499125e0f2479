import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { test } from "node:test";

import { hasRegistry, PASSWORD, startRegistry } from "../fixtures/registry.ts";
import { send } from "../workbench/index.ts";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { openDaemon } from "./daemon.ts";
import type { TestDaemon } from "./daemon.ts";
import { ARCHIVE } from "./images.ts";

const PATIENCE_MS = 60_000;
const COMPOSE = findCompose();
const NO_COMPOSE = COMPOSE === undefined && "there is no compose 2 here";
const NO_REGISTRY = !hasRegistry && "docker-registry is not installed";

interface Outcome {
  readonly status: number;
  readonly said: string;
}

test("docker compose pull", { skip: NO_COMPOSE || NO_REGISTRY }, async (t) => {
  await using daemon = await openDaemon();
  await using plain = await startRegistry();
  await using secret = await startRegistry({ users: ["alice"] });
  const { folder, socket } = daemon;
  const config = `${folder}/config`;
  await mkdir(config);

  const auth = Buffer.from(`alice:${PASSWORD}`).toString("base64");
  const header = Buffer.from(JSON.stringify({ username: "alice", password: PASSWORD })).toString("base64url");
  await send(socket, { method: "POST", path: "/images/load", headers: { "content-type": "application/x-tar" }, body: ARCHIVE });
  for (const name of ["plain/web", "plain/db", "plain/tool", "secret/app"]) {
    const [place, path] = name.split("/");
    const repository = `${place === "plain" ? plain.host : secret.host}/c/${path}`;
    await send(socket, { method: "POST", path: `/images/demo/${path === "db" ? "old" : "app"}:1/tag?repo=${repository}&tag=1` });
    const pushed = await send(socket, { method: "POST", path: `/images/${repository}/push?tag=1`, headers: { "x-registry-auth": header } });
    assert.match(pushed.body.toString(), /digest: sha256:/);
    await forget(`${repository}:1`);
  }
  await write("compose.yaml", { web: "plain/web:1 db", db: "plain/db:1", tool: "plain/tool:1" });
  await write("missing.yaml", { web: "plain/web:1", gone: "plain/gone:1" });
  await write("secret.yaml", { app: "secret/app:1" });

  /** Services by their images; behind one, what it depends on. */
  async function write(file: string, services: Readonly<Record<string, string>>): Promise<void> {
    const written: Record<string, object> = {};
    for (const [service, text] of Object.entries(services)) {
      const [place = "", dependency] = text.split(" ");
      const image = place.replace(/^plain/, `${plain.host}/c`).replace(/^secret/, `${secret.host}/c`);
      written[service] = { image, ...(dependency !== undefined && { depends_on: [dependency] }) };
    }
    await writeFile(`${folder}/${file}`, JSON.stringify({ name: "slipway", services: written }));
  }

  async function forget(name: string): Promise<void> {
    await send(socket, { method: "DELETE", path: `/images/${name}?noprune=1` });
  }

  const isHere = async (name: string): Promise<boolean> =>
    (await send(socket, { method: "GET", path: `/images/${plain.host}/c/${name}/json` })).status === 200;

  const compose = (...words: readonly string[]): Promise<Outcome> => runCompose(daemon, words);

  await t.test("brings a service alone, and with what it depends on when that is asked for", async () => {
    const { status, said } = await compose("pull", "web");
    assert.deepEqual([status, await isHere("web:1"), await isHere("db:1")], [0, true, false], said);
    assert.match(said, /web Pulling[^]*web Pulled/);
    assert.equal((await compose("pull", "--include-deps", "web")).status, 0);
    assert.equal(await isHere("db:1"), true);
  });

  await t.test("says of each layer what becomes of it", async () => {
    await forget(`${plain.host}/c/web:1`);
    await forget(`${plain.host}/c/db:1`);
    await forget("demo/app:1");
    await forget("demo/old:1");
    const { said } = await compose("pull");
    for (const word of ["Pulling fs layer", "Download complete", "Extracting", "Pull complete"]) assert.match(said, new RegExp(word));
    assert.deepEqual(await Promise.all(["web:1", "db:1", "tool:1"].map(isHere)), [true, true, true]);
    assert.doesNotMatch((await compose("pull", "--quiet")).said, /Pull complete/);
  });

  await t.test("--policy missing leaves alone what is here", async () => {
    await forget(`${plain.host}/c/db:1`);
    const { status, said } = await compose("pull", "--policy", "missing");
    assert.equal(status, 0, said);
    assert.match(said, /web Skipped/);
    assert.equal(await isHere("db:1"), true);
  });

  await t.test("ends with 1 when an image is not there, and goes on where that is to be ignored", async () => {
    const words = `manifest for ${plain.host}/c/gone:1 not found: manifest unknown: manifest unknown`;
    const failed = await compose("-f", "missing.yaml", "pull");
    assert.deepEqual([failed.status, failed.said.includes(words)], [1, true], failed.said);
    const ignored = await compose("-f", "missing.yaml", "pull", "--ignore-pull-failures");
    assert.deepEqual([ignored.status, ignored.said.includes(words), /web Pulled/.test(ignored.said)], [0, true, true], ignored.said);
  });

  await t.test("pulls from a private registry with the login of the client", async () => {
    const refused = await compose("-f", "secret.yaml", "pull");
    assert.deepEqual([refused.status, /no basic auth credentials/.test(refused.said)], [1, true], refused.said);
    await writeFile(`${config}/config.json`, JSON.stringify({ auths: { [secret.host]: { auth } } }));
    const { status, said } = await compose("-f", "secret.yaml", "pull");
    assert.equal(status, 0, said);
  });
});

test("docker compose up, where nobody needs a network of the project's", { skip: NO_COMPOSE || cannotRun() }, async () => {
  await using daemon = await openDaemon();
  const { folder, socket } = daemon;
  const headers = { "content-type": "application/x-tar" };
  await send(socket, { method: "POST", path: "/images/create?fromSrc=-&repo=box&tag=1", headers, body: await busyboxTar() });
  const own = { image: "box:1", network_mode: "none" };
  const services = {
    first: { ...own, command: "sleep 1000", healthcheck: { test: ["CMD", "true"], interval: "50ms" }, stop_grace_period: "0s" },
    second: { ...own, command: "echo second", depends_on: { first: { condition: "service_healthy" } } },
  };
  await writeFile(`${folder}/compose.yaml`, JSON.stringify({ name: "up", services }));
  await writeFile(`${folder}/networked.yaml`, JSON.stringify({ name: "networked", services: { only: { image: "box:1" } } }));

  async function says(...words: readonly string[]): Promise<string> {
    const { status, said } = await runCompose(daemon, words);
    assert.equal(status, 0, said);
    return said;
  }

  assert.match(await says("up", "-d"), /first-1 +Healthy[^]*second-1 +Started/);
  assert.match(await says("ps", "--format", "{{.Service}} {{.State}} {{.Health}}"), /^first running healthy$/m);
  assert.match(await says("logs", "--no-color", "second"), /\| second$/m);
  assert.match(await says("exec", "-T", "first", "echo", "inside"), /^inside$/m);
  assert.match(await says("run", "--rm", "first", "echo", "beside"), /^beside$/m);
  await says("down");
  assert.equal((await send(socket, { method: "GET", path: "/containers/json?all=1" })).body.toString(), "[]\n");
  const refused = await runCompose(daemon, ["-f", "networked.yaml", "up", "-d"]);
  assert.deepEqual([refused.status, /creating networks is not implemented by slipway/.test(refused.said)], [1, true], refused.said);
});

function runCompose({ folder, socket }: TestDaemon, words: readonly string[]): Promise<Outcome> {
  const [program = "", ...args] = [...(COMPOSE ?? []), "--progress", "plain", ...words];
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: `${folder}/config` };
  return new Promise((resolve) => {
    execFile(program, args, { cwd: folder, env, timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), said: stdout + stderr });
    });
  });
}

/** As a plugin of the client or alone; its first generation speaks of other things. */
function findCompose(): readonly string[] | undefined {
  return [["docker", "compose"], ["docker-compose"]].find(([program = "", ...args]) => {
    const { stdout } = spawnSync(program, [...args, "version", "--short"], { encoding: "utf8" });
    return /^v?([2-9]|\d\d)\./.test(stdout ?? "");
  });
}
