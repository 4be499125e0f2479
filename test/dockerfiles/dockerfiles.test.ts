import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openEngine } from "#engine";
import type { Engine } from "#engine";

import { differences } from "../differential/compare.ts";
import type { Difference } from "../differential/compare.ts";
import { cannotRun } from "../runtime/chains.ts";
import { temporaryFolder } from "../workbench/index.ts";

import { ACCEPTED } from "./accepted-differences.ts";
import { baseNames, bases, BUSYBOX_BASE } from "./bases.ts";
import { buildArchive, importBases } from "./build-case.ts";
import { buildResult, comparedLayer } from "./build-result.ts";
import { caseNames, dockerfileOf } from "./context.ts";
import { mergedTree } from "./merged-tree.ts";
import { readRecorded } from "./recorded.ts";

const used = new Set<object>();
let compared = 0;

describe("a Dockerfile comes to the image that BuildKit makes of it", { concurrency: 4, timeout: 120_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let engine: Engine;
  let names: ReadonlyMap<string, string>;
  let baseEntries: Map<string, ReturnType<typeof comparedLayer>>;

  before(async () => {
    folder = await temporaryFolder();
    engine = await openEngine({ dataRoot: folder.path });
    const tars = await bases();
    names = baseNames(tars);
    baseEntries = new Map(Array.from(tars, ([name, tar]) => [name, comparedLayer(tar)]));
    await importBases(engine, tars);
  });
  after(async () => {
    await engine.close();
    await folder[Symbol.asyncDispose]();
  });

  for (const name of caseNames) {
    test(name, { skip: whySkipped(name) }, async () => {
      const recorded = readRecorded(name) ?? assert.fail("no recording");
      const result = buildResult(await buildArchive(engine, name), names);
      const [expected, actual] = [recorded, result].map((each) => ({ ...each, tree: mergedTree(each, baseEntries) }));
      const found = differences(expected, actual).filter((difference) => !isAccepted(name, difference));
      assert.equal(found.length, 0, `${found.length} differences\n${found.map(brief).join("\n")}\n`);
      compared += 1;
    });
  }
});

after(() => {
  if (compared < caseNames.length) return;
  const idle = ACCEPTED.filter((row) => !used.has(row)).map(({ reason, cases, path }) => `${cases} ${path}: ${reason}`);
  assert.deepEqual(idle, [], "every accepted difference still exists");
});

/** Without RUN nothing is needed but the files of the bases. */
function whySkipped(name: string): string | false {
  const text = dockerfileOf(name);
  return /^\s*(?:ONBUILD\s+)?RUN\b/im.test(text) || text.includes(BUSYBOX_BASE) ? cannotRun() : false;
}

function isAccepted(name: string, difference: Difference): boolean {
  const row = ACCEPTED.find(
    ({ cases, path, accepts }) => cases.test(name) && path.test(difference.path) && (accepts?.(difference) ?? true),
  );
  if (row !== undefined) used.add(row);
  return row !== undefined;
}

function brief({ path, expected, actual }: Difference): string {
  return `  ${path}\n    expected ${JSON.stringify(expected)}\n    got      ${JSON.stringify(actual)}`;
}
