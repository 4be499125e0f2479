import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { cannotRun } from "../runtime/chains.ts";
import { startSlipway, temporaryFolder } from "../workbench/index.ts";

import { ACCEPTED } from "./containers/accepted-differences.ts";
import { containerConversation } from "./conversation/containers.ts";
import { converse } from "./converse.ts";
import { Judge } from "./judge.ts";
import { readRecording, RECORDED_VERSIONS, recordedAnswer, transcript } from "./recorded.ts";

const recording = readRecording("graph", "containers");
let told = 0;

const judge = new Judge((_, step, version) => recordedAnswer(recording, step.name, version), ACCEPTED, []);

describe("containers, spoken of", { skip: cannotRun() }, () => {
  for (const version of RECORDED_VERSIONS) {
    test(`in API ${version} as with the reference engine`, { timeout: 120_000 }, async () => {
      const steps = containerConversation();
      await using folder = await temporaryFolder();
      await using slipway = await startSlipway(join(folder.path, "data"));
      const answers = transcript(await converse(slipway.socket, version, steps));
      const found = steps.flatMap((step) => judge.faults(step, version, answers.get(step.name)));
      assert.equal(found.length, 0, `${found.length} differences\n${found.join("\n")}\n`);
      told += 1;
    });
  }
});

after(() => {
  if (told === RECORDED_VERSIONS.length) assert.deepEqual(judge.idle(), [], "every accepted difference still exists");
});
