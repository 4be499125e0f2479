import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";

import { startSlipway, temporaryFolder } from "../workbench/index.ts";

import { ACCEPTED, modelOf } from "./accepted-differences.ts";
import { expectedIds } from "./archives.ts";
import { DERIVED_VERSIONS, derived } from "./beyond-reference.ts";
import { differences } from "./compare.ts";
import type { Difference } from "./compare.ts";
import { conversation } from "./conversation/index.ts";
import { converse } from "./converse.ts";
import type { Recorded } from "./normalise.ts";
import { RECORDED_VERSIONS, readRecording, recordedAnswer, transcript } from "./recorded.ts";
import type { Step } from "./step.ts";

const recordings = { graph: readRecording("graph"), containerd: readRecording("containerd") };
const NEWEST = RECORDED_VERSIONS[RECORDED_VERSIONS.length - 1] ?? "";
const used = new Set<object>();
let told = 0;

for (const version of [...RECORDED_VERSIONS, ...DERIVED_VERSIONS]) {
  test(`a conversation in API ${version} goes as with the reference engine`, { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder();
    await using slipway = await startSlipway(join(folder.path, "data"));
    const talk = await converse(slipway.socket, version, conversation);
    const answers = transcript(talk);
    const found = conversation.flatMap((step) => unaccepted(step, version, answers.get(step.name)));
    assert.equal(found.length, 0, `${found.length} differences\n${found.join("\n")}\n`);
    for (const [name, id] of Object.entries(expectedIds)) {
      assert.equal(talk.captured.get(name), id, `the ID of ${name} is the digest of the config that its archive brought`);
    }
    told += 1;
  });
}

after(() => {
  if (told < RECORDED_VERSIONS.length + DERIVED_VERSIONS.length) return;
  const idle = ACCEPTED.filter((row) => !used.has(row)).map(({ reason, steps, path }) => `${steps} ${path}: ${reason}`);
  assert.deepEqual(idle, [], "every accepted difference still exists");
});

function unaccepted(step: Step, version: string, actual: Recorded | undefined): string[] {
  const expected = expectation(step, version);
  return differences(expected, actual)
    .filter((difference) => !isAccepted(step, version, difference))
    .map(
      ({ path, expected: wanted, actual: got }) =>
        `  ${step.name}\n    ${path}\n      expected ${brief(wanted)}\n      got      ${brief(got)}`,
    );
}

function expectation(step: Step, version: string): Recorded | undefined {
  const recording = recordings[modelOf(step, minorOf(version))];
  const recorded = recordedAnswer(recording, step.name, version);
  if (recorded !== undefined) return recorded;
  const newest = recordedAnswer(recording, step.name, NEWEST);
  return newest && derived(step, newest, minorOf(version));
}

function isAccepted(step: Step, version: string, difference: Difference): boolean {
  const minor = minorOf(version);
  const row = ACCEPTED.find(
    ({ steps, path, model, versions, accepts }) =>
      (model ?? modelOf(step, minor)) === modelOf(step, minor) &&
      steps.test(step.name) &&
      path.test(difference.path) &&
      (versions?.(minor) ?? true) &&
      (accepts?.(difference) ?? true),
  );
  if (row !== undefined) used.add(row);
  return row !== undefined;
}

function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
