import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { openEngine } from "#engine";
import { Lab } from "./case.ts";
import { CASES } from "./cases/index.ts";
import { conformanceTable } from "./conformance-table.ts";
import { serveRegistry } from "./served-registry.ts";

const engine = await openEngine({ memory: true });
const registry = await serveRegistry(engine);
after(async () => {
  await registry[Symbol.asyncDispose]();
  await engine.close();
});

CASES.forEach((one, number) => {
  test(`${one.section}: ${one.title}`, () => one.run(new Lab(engine, registry, number)));
});

test("the documented table is the one of these cases, all of them passed (npm run conformance)", async () => {
  const documented = await readFile(new URL("../../docs/registry-conformance.md", import.meta.url), "utf8");
  assert.equal(documented, conformanceTable(CASES.map((tested) => ({ tested, passed: true }))));
});

test("nothing that clients did wrong is in the log", () => {
  assert.deepEqual(registry.logged, []);
});
