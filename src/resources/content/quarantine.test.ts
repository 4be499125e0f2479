import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { digestOf } from "#oci";
import { Quarantine } from "./quarantine.ts";

const DAY = 24 * 60 * 60 * 1000;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "slipway-quarantine-"));
});
afterEach(() => rmSync(root, { recursive: true }));

async function take(quarantine: Quarantine, text: string, now: Date): Promise<void> {
  const path = join(root, text);
  writeFileSync(path, text);
  await quarantine.take(path, digestOf(text), now);
  assert.equal(existsSync(path), false);
}

test("the latest few are kept, for a month", async () => {
  const directory = join(root, "quarantine");
  const quarantine = new Quarantine(directory);
  const start = Date.UTC(2026, 0, 1);
  for (let day = 0; day < 10; day += 1) await take(quarantine, `blob ${day}`, new Date(start + day * DAY));
  const kept = (): string[] => readdirSync(directory).map((name) => name.slice(-64));
  const days = (first: number): string[] => [...Array(10).keys()].slice(first).map((day) => digestOf(`blob ${day}`).slice(7));
  assert.deepEqual(kept().toSorted(), days(2).toSorted());
  await quarantine.tidy(new Date(start + 35 * DAY));
  assert.deepEqual(kept().toSorted(), days(5).toSorted());
});

test("what is not there needs no quarantine", async () => {
  const quarantine = new Quarantine(join(root, "quarantine"));
  await quarantine.tidy();
  await quarantine.take(join(root, "nothing"), digestOf("nothing"));
  assert.deepEqual(readdirSync(join(root, "quarantine")), []);
});
