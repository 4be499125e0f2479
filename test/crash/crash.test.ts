import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { fsck, killWhileStarting, startSlipway, temporaryFolder } from "../workbench/index.ts";
import type { Slipway } from "../workbench/index.ts";

import { diceOf } from "./dice.ts";
import type { Dice } from "./dice.ts";
import { described, outcomes } from "./model.ts";
import type { Model } from "./model.ts";
import { drawOperation, perform } from "./operations.ts";
import { observed, verifySaves } from "./observe.ts";

const KILLS = Number(process.env["SLIPWAY_CRASH_KILLS"] ?? "200");
const SEED = Number(process.env["SLIPWAY_CRASH_SEED"] ?? Date.now() % 1_000_000);
/** Several operations long, so that kills fall at the first and in the midst of many. */
const LONGEST_LIFE_MS = 120;
const LONGEST_START_MS = 300;

test(`${KILLS} kills lose nothing that was acknowledged (seed ${SEED})`, { timeout: 60_000 + KILLS * 5000 }, async () => {
  await using folder = await temporaryFolder();
  const dataRoot = join(folder.path, "data");
  const dice = diceOf(SEED);
  let possible: readonly Model[] = [{ images: new Set(), names: new Map() }];
  let interrupted = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    if (dice.chance(0.1)) await killWhileStarting(dataRoot, dice.next() * LONGEST_START_MS);
    await using slipway = await startSlipway(dataRoot);
    const where = `seed ${SEED}, kill ${kill} of ${KILLS}`;
    const model = await settle(slipway, possible, where);
    await verifySaves(slipway.socket, model, where);
    const life = await liveAndDie(slipway, dice, model, where);
    possible = life.possible;
    if (life.possible.length > 1) interrupted += 1;
    const { status, report } = await fsck(dataRoot);
    assert.equal(status, 0, `fsck after ${where}, ${life.last}:\n${report}`);
  }
  await using slipway = await startSlipway(dataRoot);
  await verifySaves(slipway.socket, await settle(slipway, possible, `seed ${SEED}, at the end`), "at the end");
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

/** Keeps the engine busy, one or two operations at a time, until it is killed at a moment of chance. */
async function liveAndDie(slipway: Slipway, dice: Dice, before: Model, where: string): Promise<Life> {
  const death = pause(1 + dice.next() * LONGEST_LIFE_MS).then(() => slipway.kill());
  let model = before;
  for (;;) {
    const batch = dice.chance(0.3) ? [drawOperation(dice, model), drawOperation(dice, model)] : [drawOperation(dice, model)];
    const answers = await Promise.all(batch.map((operation) => perform(slipway.socket, operation)));
    const done = batch.filter((operation, index) => answers[index] !== undefined && operation.isDone(answers[index]));
    const open = batch.filter((_, index) => answers[index] === undefined);
    const last = batch.map(({ what }) => what).join(" beside ");
    const broken = answers.find((answer) => answer !== undefined && answer.status >= 500);
    assert.equal(broken?.body.toString(), undefined, `${where}: ${last} failed\n${slipway.log()}`);
    const possible = outcomes(model, done, open);
    if (open.length > 0) {
      await death;
      return { possible, last };
    }
    // With two at once, their order decides: the engine knows it, if it still lives.
    const now = possible.length === 1 ? possible[0] : await observed(slipway.socket).catch(() => undefined);
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
