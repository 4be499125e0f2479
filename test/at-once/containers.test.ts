import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dice } from "../crash/dice.ts";
import { serveContainers } from "../containers/served-containers.ts";
import type { ServedContainers } from "../containers/served-containers.ts";
import { cannotRun, tarOf } from "../runtime/chains.ts";
import { askAtOnce, SEED, withJson, withTar } from "./clients.ts";
import type { Request } from "./clients.ts";

/** Few, so that everybody is in everybody's way. */
const NAMES = ["one", "two", "three"];

const LOOP = "trap 'exit 3' TERM; while :; do echo said; echo x > /tmp/x; rm -f /tmp/x; sleep 0.02; done";

test(`clients of a few containers hear what is so, and nothing is left (seed ${SEED})`, { skip: cannotRun() }, async (context) => {
  await using containers = await serveContainers();
  // Docker, too, takes that for a fault of the engine.
  const isFault = (status: number, text: string): boolean => status >= 500 && !text.includes("is not paused");
  context.diagnostic(`answers: ${await askAtOnce(containers, draw, isFault)}`);
  await removeAll(containers);
  assert.deepEqual(await containers.engine.containers.list({ all: true }), []);
});

async function draw(dice: Dice): Promise<Request> {
  const name = dice.pick(NAMES);
  const at = `/containers/${name}`;
  const plain = [
    `POST ${at}/start`,
    `POST ${at}/start`,
    `POST ${at}/start`,
    `POST ${at}/stop?t=0`,
    `POST ${at}/restart?t=0`,
    `POST ${at}/kill`,
    `POST ${at}/pause`,
    `POST ${at}/unpause`,
    `POST ${at}/rename?name=${dice.pick(NAMES)}`,
    `DELETE ${at}?v=1`,
    `DELETE ${at}?force=1&v=1`,
    `GET ${at}/json?size=1`,
    `GET ${at}/changes`,
    `GET ${at}/archive?path=/tmp`,
    `GET ${at}/export`,
    `GET ${at}/logs?stdout=1`,
    `GET ${at}/top`,
    `GET ${at}/stats?stream=0&one-shot=1`,
    `POST /commit?container=${name}&pause=${dice.chance(0.5) ? 1 : 0}`,
    "GET /containers/json?all=1&size=1",
    "GET /system/df",
    "POST /containers/prune",
    "POST /build/prune?all=1",
    "POST /volumes/prune",
    "POST /images/prune",
  ];
  const drawn = Math.floor(dice.next() * (plain.length + 12));
  if (drawn < plain.length) return { request: plain[drawn] ?? "" };
  if (drawn < plain.length + 5) return create(dice, name);
  if (drawn < plain.length + 10) return exec(dice, at);
  if (drawn === plain.length + 10) return withJson(`POST ${at}/update`, { PidsLimit: 100 });
  const tar = await tarOf([{ header: { type: "file", path: "put", mode: 0o644, size: 3 }, body: Buffer.from("put") }]);
  return withTar(`PUT ${at}/archive?path=/tmp`, tar);
}

function create(dice: Dice, name: string): Request {
  const HostConfig = { NetworkMode: "none", AutoRemove: dice.chance(0.4) };
  const Cmd = ["sh", "-c", dice.chance(0.7) ? LOOP : "true"];
  return withJson(`POST /containers/create?name=${name}`, { Image: "box:1", Cmd, HostConfig, Volumes: { "/volume": {} } });
}

function exec(dice: Dice, at: string): Request {
  const Cmd = dice.pick([["true"], ["sleep", "0.1"], ["nowhere"]]);
  return {
    ...withJson(`POST ${at}/exec`, { Cmd, AttachStdout: true }),
    next: (text) => withJson(`POST /exec/${(JSON.parse(text) as { readonly Id: string }).Id}/start`, { Detach: dice.chance(0.5) }),
  };
}

async function removeAll({ engine }: ServedContainers): Promise<void> {
  for (const { record } of await engine.containers.list({ all: true })) {
    await engine.containers.remove(record.id, { force: true, volumes: true }).catch((error: unknown) => {
      // One that removes itself may be on its way.
      assert.match(String(error), /No such container|already in progress/);
    });
  }
}
