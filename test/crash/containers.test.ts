import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { companionsOf, isThere, killQuietly } from "../containers/companions.ts";
import { LeakCheck } from "../containers/leaks.ts";
import { mountsBelow } from "../containers/remains.ts";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { fsck, killWhileStarting, send, startSlipway, temporaryFolder } from "../workbench/index.ts";
import type { Slipway } from "../workbench/index.ts";

import { create, draw, remove, start } from "./container-operations.ts";
import type { Known, Request } from "./container-operations.ts";
import { diceOf } from "./dice.ts";
import type { Dice } from "./dice.ts";

const KILLS = Number(process.env["SLIPWAY_CRASH_CONTAINER_KILLS"] ?? "6");
const SEED = Number(process.env["SLIPWAY_CRASH_SEED"] ?? Date.now() % 1_000_000);
const WORKERS = 3;
const LONGEST_LIFE_MS = 900;
const LONGEST_START_MS = 300;
/** Few enough that a verification takes a moment. */
const MOST_CONTAINERS = 12;

const TAR = "application/x-tar";

interface World {
  readonly slipway: Slipway;
  readonly dice: Dice;
  readonly known: Known[];
  readonly freshName: () => string;
  /** How many operations were under way at the end, by what they were. */
  readonly interrupted: Map<string, number>;
  /** Something that the engine needs was killed: what needed it may fail. */
  isHurt: boolean;
}

test(
  `${KILLS} kills among containers: none is lost, none runs on, nothing is left (seed ${SEED})`,
  { skip: cannotRun() },
  async (context) => {
    await using folder = await temporaryFolder();
    const dataRoot = join(folder.path, "data");
    const dice = diceOf(SEED);
    const known: Known[] = [];
    const interrupted = new Map<string, number>();
    let names = 0;
    {
      await using slipway = await startSlipway(dataRoot);
      await ask(slipway, { method: "POST", path: "/images/create?fromSrc=-&repo=box&tag=1", body: await busyboxTar(), type: TAR });
    }
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const where = `seed ${SEED}, kill ${kill} of ${KILLS}`;
      if (dice.chance(0.2)) await killWhileStarting(dataRoot, dice.next() * LONGEST_START_MS);
      await using slipway = await startSlipway(dataRoot);
      const world: World = { slipway, dice, known, freshName: () => `c${(names += 1)}`, interrupted, isHurt: false };
      const lives = Array.from({ length: WORKERS }, (_, number) => live(world, number, where).catch((error: unknown) => error));
      const hurt = dice.chance(0.4) ? hurtCompanion(world, dice.next() * LONGEST_LIFE_MS) : undefined;
      await pause(dice.next() * LONGEST_LIFE_MS);
      const companions = companionsOf(slipway.pid);
      await slipway.kill();
      await hurt;
      for (const life of await Promise.all(lives)) {
        assert.ok(!(life instanceof assert.AssertionError), `${where}: ${String(life)}\n${slipway.log()}`);
      }
      const leaks = LeakCheck.before(dataRoot);
      await verify(dataRoot, known, where);
      leaks.assertNothingLeft();
      assert.deepEqual(companions.filter(isThere), [], where);
      const { status, report } = await fsck(dataRoot);
      assert.equal(status, 0, `fsck after ${where}:\n${report}`);
      await tidy(dataRoot, known);
    }
    context.diagnostic(`interrupted: ${JSON.stringify(Object.fromEntries([...interrupted].toSorted(([, a], [, b]) => b - a)))}`);
  },
);

/** A hundred containers and what one does with them, each worker with its own, until the engine is gone. */
async function live(world: World, worker: number, where: string): Promise<void> {
  const { slipway, dice, known, freshName, interrupted } = world;
  const own = known.filter(({ presence }, index) => presence === "there" && index % WORKERS === worker);
  for (;;) {
    const isNew = own.length === 0 || dice.chance(0.25);
    const made = (container: Known): void => {
      known.push(container);
      own.push(container);
    };
    const chosen = isNew ? undefined : dice.pick(own);
    const requests = chosen === undefined ? [create(dice, freshName(), made)] : await draw(dice, chosen, freshName());
    for (const request of requests) {
      request.begin?.();
      const { status, text } = await ask(slipway, request);
      if (status === 0) {
        const what = `${request.method} ${request.path.replace(/[0-9a-f]{64}/, "…").replace(/\?.*/, "")}`;
        interrupted.set(what, (interrupted.get(what) ?? 0) + 1);
        return;
      }
      const isFine = status < 500 || world.isHurt || text.includes("is not paused");
      assert.ok(isFine, `${where}: ${request.method} ${request.path}: ${status} ${text}`);
      if (status < 300) request.done?.(text);
    }
    const newest = isNew ? own.at(-1) : undefined;
    if (newest !== undefined) {
      const request = start(newest);
      request.begin?.();
      if ((await ask(slipway, request)).status === 0) return;
    }
    // What removes itself may be gone at any time, and what is gone is none to go on with.
    for (const gone of own.filter(({ presence, removesItself }) => presence !== "there" && !removesItself))
      own.splice(own.indexOf(gone), 1);
  }
}

async function ask(
  slipway: Slipway,
  { method, path, body, type = "application/json" }: Request,
): Promise<{ status: number; text: string }> {
  const payload = body === undefined ? {} : { body, headers: { "content-type": type } };
  const answer = await send(slipway.socket, { method, path, ...payload }).catch(() => undefined);
  return { status: answer === undefined || answer.cut ? 0 : answer.status, text: answer?.body.toString("latin1") ?? "" };
}

/** The runtime, what makes networks and terminals, the shell that starts programs, or a process of a container. */
async function hurtCompanion(world: World, afterMs: number): Promise<void> {
  await pause(afterMs);
  const companions = companionsOf(world.slipway.pid);
  if (companions.length === 0) return;
  world.isHurt = true;
  const { pid, name } = world.dice.pick(companions);
  const what = `(killed: ${name})`;
  world.interrupted.set(what, (world.interrupted.get(what) ?? 0) + 1);
  killQuietly(pid);
}

interface Row {
  readonly Id: string;
  readonly Names: readonly [string];
  readonly State: string;
}

async function verify(dataRoot: string, known: readonly Known[], where: string): Promise<void> {
  await using slipway = await startSlipway(dataRoot);
  const { text } = await ask(slipway, { method: "GET", path: "/containers/json?all=1" });
  const rows = new Map((JSON.parse(text) as readonly Row[]).map((row) => [row.Id, row]));
  const states = [...rows.values()].map(({ State }) => State);
  assert.ok(
    states.every((state) => state === "created" || state === "exited"),
    `${where}: ${text}`,
  );
  for (const container of known) {
    const { id, presence, names, said, files } = container;
    const row = rows.get(id);
    if (presence !== "open") assert.equal(row === undefined ? "gone" : "there", presence, `${where}: ${[...names].join()}`);
    container.presence = row === undefined ? "gone" : "there";
    if (row === undefined) continue;
    const name = row.Names[0].slice(1);
    assert.ok(names.has(name), `${where}: ${name} is none of ${[...names].join()}`);
    names.clear();
    names.add(name);
    const log = await ask(slipway, { method: "GET", path: `/containers/${id}/logs?stdout=1&stderr=1&timestamps=1` });
    // Its last line may have been rotated away, but never one in the middle be missing.
    const isRotated = !log.text.startsWith(said.slice(0, 40));
    assert.ok(
      isRotated || log.text.startsWith(said),
      `${where}: the log of ${name} was\n${said.slice(-300)}\nand is\n${log.text.slice(-300)}`,
    );
    for (const file of files) {
      const { status } = await ask(slipway, { method: "HEAD", path: `/containers/${id}/archive?path=/tmp/${file}` });
      assert.equal(status, 200, `${where}: ${name} has no /tmp/${file}`);
    }
  }
  await verifyVolumes(slipway, where);
  assert.deepEqual(mountsBelow(dataRoot), [], where);
  // One that was there is as good as new.
  const [id] = rows.keys();
  if (id === undefined) return;
  const begun = await ask(slipway, { method: "POST", path: `/containers/${id}/start` });
  assert.equal(begun.status, 204, `${where}: ${begun.text}`);
  await removeAll(
    slipway,
    known.filter((container) => container.id === id),
  );
}

/** What removes itself takes its volumes with it, also when its engine was dead by then. */
async function verifyVolumes(slipway: Slipway, where: string): Promise<void> {
  const { text } = await ask(slipway, { method: "GET", path: "/volumes?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D" });
  const { Volumes: volumes } = JSON.parse(text) as { readonly Volumes: readonly unknown[] | null };
  // A creation or removal that was cut short may leave one, as in Docker; more than that is a leak.
  assert.ok((volumes ?? []).length <= WORKERS, `${where}: ${text}`);
  await ask(slipway, { method: "POST", path: "/volumes/prune?filters=%7B%22all%22%3A%5B%22true%22%5D%7D" });
}

async function tidy(dataRoot: string, known: readonly Known[]): Promise<void> {
  const there = known.filter(({ presence }) => presence === "there");
  if (there.length <= MOST_CONTAINERS) return;
  await using slipway = await startSlipway(dataRoot);
  await removeAll(slipway, there.slice(0, there.length - MOST_CONTAINERS / 2));
}

async function removeAll(slipway: Slipway, containers: readonly Known[]): Promise<void> {
  for (const container of containers) {
    const { status, text } = await ask(slipway, remove(container));
    assert.ok(status === 204 || status === 404, text);
    container.presence = "gone";
  }
}
