import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { LeakCheck } from "../containers/leaks.ts";
import { mountsBelow } from "../containers/remains.ts";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { fsck, send, startSlipway, temporaryFolder } from "../workbench/index.ts";

import { diceOf } from "./dice.ts";

const KILLS = Number(process.env["SLIPWAY_CRASH_CONTAINER_KILLS"] ?? "8");
const SEED = Number(process.env["SLIPWAY_CRASH_SEED"] ?? Date.now() % 1_000_000);
const LONGEST_LIFE_MS = 600;

/** A container is there for certain, for certain not, or was being made or removed when the engine was killed. */
type Presence = "there" | "gone" | "open";

interface Row {
  readonly Names: readonly [string];
  readonly State: string;
}

async function call(
  socket: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly text: string }> {
  const json = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)), headers: { "content-type": "application/json" } };
  const answer = await send(socket, { method, path, ...json });
  return { status: answer.cut ? 0 : answer.status, text: answer.body.toString() };
}

/** One container after the other through its life, until the engine is gone; what is known of each. */
async function live(socket: string, presence: Map<string, Presence>, first: number): Promise<void> {
  for (let number = first; ; number += 1) {
    const name = `c${number}`;
    const image = { Image: "box:1", HostConfig: { NetworkMode: "none" } };
    const steps = [
      ["POST", `/containers/create?name=${name}`, { ...image, Cmd: ["sh", "-c", "echo x > /f; exec sleep 1000"] }],
      ["POST", `/containers/${name}/start`],
      ...(number % 3 === 0 ? [["POST", `/containers/${name}/pause`] as const] : []),
      ...(number % 2 === 0 ? [["DELETE", `/containers/${name}?force=1`] as const] : []),
    ] as const;
    for (const [method, path, body] of steps) {
      const changesPresence = method === "DELETE" || path.includes("create");
      if (changesPresence) presence.set(name, "open");
      const { status, text } = await call(socket, method, path, body);
      if (status === 0) throw new Error("the engine is gone");
      assert.ok(status < 300, `${method} ${path}: ${status} ${text}`);
      if (changesPresence) presence.set(name, method === "DELETE" ? "gone" : "there");
    }
  }
}

test(`${KILLS} kills among containers: none is lost, none runs on, nothing is left (seed ${SEED})`, { skip: cannotRun() }, async () => {
  await using folder = await temporaryFolder();
  const dataRoot = join(folder.path, "data");
  const dice = diceOf(SEED);
  const presence = new Map<string, Presence>();
  {
    await using slipway = await startSlipway(dataRoot);
    const headers = { "content-type": "application/x-tar" };
    await send(slipway.socket, { method: "POST", path: "/images/create?fromSrc=-&repo=box&tag=1", headers, body: await busyboxTar() });
  }
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const where = `seed ${SEED}, kill ${kill} of ${KILLS}`;
    await using slipway = await startSlipway(dataRoot);
    const living = live(slipway.socket, presence, kill * 1000).catch((error: unknown) => error);
    await pause(dice.next() * LONGEST_LIFE_MS);
    await slipway.kill();
    assert.ok(!((await living) instanceof assert.AssertionError), `${where}: ${String(await living)}`);
    const leaks = LeakCheck.before(dataRoot);
    await verify(dataRoot, presence, where);
    leaks.assertNothingLeft();
    const { status, report } = await fsck(dataRoot);
    assert.equal(status, 0, `fsck after ${where}:\n${report}`);
  }
});

async function verify(dataRoot: string, presence: Map<string, Presence>, where: string): Promise<void> {
  await using slipway = await startSlipway(dataRoot);
  const { text } = await call(slipway.socket, "GET", "/containers/json?all=1");
  const rows = new Map((JSON.parse(text) as readonly Row[]).map(({ Names: [name], State: state }) => [name.slice(1), state]));
  for (const [name, expected] of presence) {
    if (expected !== "open") assert.equal(rows.has(name) ? "there" : "gone", expected, `${where}: ${name}`);
    presence.set(name, rows.has(name) ? "there" : "gone");
  }
  assert.ok(
    [...rows.values()].every((state) => state === "created" || state === "exited"),
    `${where}: ${text}`,
  );
  assert.deepEqual(mountsBelow(dataRoot), [], where);
  const [name] = rows.keys();
  if (name === undefined) return;
  assert.equal((await call(slipway.socket, "POST", `/containers/${name}/start`)).status, 204, where);
  assert.equal((await call(slipway.socket, "DELETE", `/containers/${name}?force=1`)).status, 204, where);
  presence.set(name, "gone");
}
