import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { test } from "node:test";

import { hasRegistry, PASSWORD, startRegistry } from "../fixtures/registry.ts";
import { send } from "../workbench/index.ts";
import { openDaemon } from "./daemon.ts";
import { ARCHIVE } from "./images.ts";

const PATIENCE_MS = 60_000;
const COMPOSE = findCompose();
const skip = COMPOSE === undefined ? "there is no compose 2 here" : hasRegistry ? false : "docker-registry is not installed";

interface Outcome {
  readonly status: number;
  readonly said: string;
}

test("docker compose pull", { skip }, async (t) => {
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

  function compose(...words: readonly string[]): Promise<Outcome> {
    const [program = "", ...args] = [...(COMPOSE ?? []), "--progress", "plain", ...words];
    const env = { PATH: process.env["PATH"] ?? "", HOME: folder, DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: config };
    return new Promise((resolve) => {
      execFile(program, args, { cwd: folder, env, timeout: PATIENCE_MS }, (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : Number(error.code ?? 1), said: stdout + stderr });
      });
    });
  }

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

/** As a plugin of the client or alone; its first generation speaks of other things. */
function findCompose(): readonly string[] | undefined {
  return [["docker", "compose"], ["docker-compose"]].find(([program = "", ...args]) => {
    const { stdout } = spawnSync(program, [...args, "version", "--short"], { encoding: "utf8" });
    return /^v?([2-9]|\d\d)\./.test(stdout ?? "");
  });
}
