import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";

import { startSlipway, temporaryFolder } from "../workbench/index.ts";

import { ACCEPTED, FOLLOWS_CONTAINERD } from "./accepted-differences.ts";
import { expectedIds } from "./archives.ts";
import { DERIVED_VERSIONS, derived } from "./beyond-reference.ts";
import { conversation } from "./conversation/index.ts";
import { converse } from "./converse.ts";
import { Judge, minorOf } from "./judge.ts";
import { RECORDED_VERSIONS, readRecording, recordedAnswer, transcript } from "./recorded.ts";

const recordings = { graph: readRecording("graph"), containerd: readRecording("containerd") };
const NEWEST = RECORDED_VERSIONS[RECORDED_VERSIONS.length - 1] ?? "";
const VERSIONS = [...RECORDED_VERSIONS, ...DERIVED_VERSIONS];
let told = 0;

const judge = new Judge(
  (store, step, version) => {
    const recorded = recordedAnswer(recordings[store], step.name, version);
    if (recorded !== undefined) return recorded;
    const newest = recordedAnswer(recordings[store], step.name, NEWEST);
    return newest && derived(step, newest, minorOf(version));
  },
  ACCEPTED,
  FOLLOWS_CONTAINERD,
);

for (const version of VERSIONS) {
  test(`a conversation in API ${version} goes as with the reference engine`, { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder();
    await using slipway = await startSlipway(join(folder.path, "data"));
    const talk = await converse(slipway.socket, version, conversation);
    const answers = transcript(talk);
    const found = conversation.flatMap((step) => judge.faults(step, version, answers.get(step.name)));
    assert.equal(found.length, 0, `${found.length} differences\n${found.join("\n")}\n`);
    for (const [name, id] of Object.entries(expectedIds)) {
      assert.equal(talk.captured.get(name), id, `the ID of ${name} is the digest of the config that its archive brought`);
    }
    told += 1;
  });
}

after(() => {
  if (told === VERSIONS.length) assert.deepEqual(judge.idle(), [], "every accepted difference still exists");
});
