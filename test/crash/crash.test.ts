import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { fsck, killWhileStarting, startSlipway, temporaryFolder } from "../workbench/index.ts";
import type { Answer, Slipway } from "../workbench/index.ts";

import { learnBuilds } from "./build-operations.ts";
import type { KnownBuild } from "./build-operations.ts";
import { diceOf } from "./dice.ts";
import type { Dice } from "./dice.ts";
import { described, outcomes } from "./model.ts";
import type { Change, Model } from "./model.ts";
import { observed, verifySaves } from "./observe.ts";
import { perform } from "./operation.ts";
import type { Operation } from "./operation.ts";
import { drawOperation } from "./operations.ts";
import { pushedBy } from "./registry-operations.ts";
import { verifyNothingRuns } from "./remains.ts";
import { fillRegistry, verifyPushed } from "./remote.ts";

const skip = hasRegistry ? false : "docker-registry is not installed";
const KILLS = Number(process.env["SLIPWAY_CRASH_KILLS"] ?? "130");
const SEED = Number(process.env["SLIPWAY_CRASH_SEED"] ?? Date.now() % 1_000_000);
/** Long enough for a large pull, so that kills fall at the first operation and in the midst of many. */
const LONGEST_LIFE_MS = 400;
const LONGEST_START_MS = 300;

test(`${KILLS} kills lose nothing that was acknowledged (seed ${SEED})`, { skip, timeout: 60_000 + KILLS * 15_000 }, async () => {
  await using folder = await temporaryFolder();
  await using registry = await startRegistry();
  await fillRegistry(registry.origin);
  const builds = await learnBuilds(join(folder.path, "other"));
  const dataRoot = join(folder.path, "data");
  const dice = diceOf(SEED);
  let possible: readonly Model[] = [{ images: new Set(), names: new Map() }];
  let interrupted = 0;
  let killed = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    if (dice.chance(0.1)) await killWhileStarting(dataRoot, dice.next() * LONGEST_START_MS);
    await using slipway = await startSlipway(dataRoot);
    const where = `seed ${SEED}, kill ${kill} of ${KILLS}`;
    verifyNothingRuns(dataRoot, killed, where);
    killed = slipway.pid;
    const model = await settle(slipway, possible, where);
    await verifySaves(slipway.socket, { model, built: builds, where });
    const life = await liveAndDie({ slipway, registry, builds, dice, where }, model);
    possible = life.possible;
    if (life.possible.length > 1) interrupted += 1;
    const { status, report } = await fsck(dataRoot);
    assert.equal(status, 0, `fsck after ${where}, ${life.last}:\n${report}`);
  }
  await using slipway = await startSlipway(dataRoot);
  const model = await settle(slipway, possible, `seed ${SEED}, at the end`);
  await verifySaves(slipway.socket, { model, built: builds, where: "at the end" });
  assert.ok(interrupted >= KILLS / 10, `only ${interrupted} of ${KILLS} kills interrupted an operation, expected a tenth at least`);
});

/** What the engine holds, which must be one of the states that are possible. */
async function settle(slipway: Slipway, possible: readonly Model[], where: string): Promise<Model> {
  const found = await observed(slipway.socket);
  const isPossible = possible.some((model) => described(model) === described(found));
  const expected = [...new Set(possible.map(described))].join("\n--- or\n");
  assert.ok(isPossible, `${where}: the engine holds\n${described(found)}\n--- expected\n${expected}\n--- log\n${slipway.log()}`);
  return found;
}

interface Life {
  /** One state, or those between which operations were when the engine was killed. */
  readonly possible: readonly Model[];
  readonly last: string;
}

interface World {
  readonly slipway: Slipway;
  readonly registry: RunningRegistry;
  readonly builds: readonly KnownBuild[];
  readonly dice: Dice;
  readonly where: string;
}

/** Keeps the engine busy, one or two operations at a time, until it is killed at a moment of chance. */
async function liveAndDie({ slipway, registry, builds, dice, where }: World, before: Model): Promise<Life> {
  const death = pause(1 + dice.next() * LONGEST_LIFE_MS).then(() => slipway.kill());
  let model = before;
  for (;;) {
    const draw = (): Operation => drawOperation(dice, model, { host: registry.host, builds });
    const batch = dice.chance(0.4) ? [draw(), draw()] : [draw()];
    const last = batch.map(({ what }) => what).join(" beside ");
    const results = await Promise.all(batch.map(async (operation) => ({ operation, answer: await perform(slipway.socket, operation) })));
    const done: Change[] = [];
    const open: Change[] = [];
    for (const { operation, answer } of results) {
      if (answer === undefined) open.push(operation.change(answer));
      else if (operation.isDone(answer)) done.push(operation.change(answer));
      else assert.ok(!isBroken(operation, answer), `${where}: ${last} failed: ${answer.body.toString()}\n${slipway.log()}`);
      if (answer !== undefined) await checkPushed(registry, operation, answer);
    }
    const possible = outcomes(model, done, open);
    // With two at once, their order decides: the engine knows it, if it still lives.
    const now = open.length > 0 ? undefined : possible.length === 1 ? possible[0] : await observed(slipway.socket).catch(() => undefined);
    if (now === undefined) {
      await death;
      return { possible, last };
    }
    assert.ok(
      possible.some((each) => described(each) === described(now)),
      `${where}: after ${last} the engine holds\n${described(now)}`,
    );
    model = now;
  }
}

function isBroken(operation: Operation, answer: Answer): boolean {
  return answer.status >= 500 || operation.isBroken?.(answer) === true;
}

async function checkPushed({ origin }: RunningRegistry, operation: Operation, answer: Answer): Promise<void> {
  const { repository, remotes } = pushedBy(operation, answer);
  for (const remote of remotes) await verifyPushed(origin, repository, remote);
}
