import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { hasRegistry } from "../fixtures/registry.ts";
import { startSlipway, temporaryFolder } from "../workbench/index.ts";

import { registryConversation } from "./conversation/index.ts";
import { converse } from "./converse.ts";
import { Judge } from "./judge.ts";
import { readRecording, recordedAnswer, REGISTRY_VERSIONS, transcript } from "./recorded.ts";
import { ACCEPTED, FOLLOWS_CONTAINERD } from "./registries/accepted-differences.ts";
import { openStand } from "./registries/stand.ts";

const recordings = { graph: readRecording("graph", "registries"), containerd: readRecording("containerd", "registries") };
let told = 0;

const judge = new Judge((store, step, version) => recordedAnswer(recordings[store], step.name, version), ACCEPTED, FOLLOWS_CONTAINERD);

// The longest begins first: it waits more than it works.
describe("registries, spoken of", { concurrency: true, skip: hasRegistry ? false : "docker-registry is not installed" }, () => {
  for (const version of REGISTRY_VERSIONS.toReversed()) {
    test(`in API ${version} as with the reference engine`, { timeout: 120_000 }, async () => {
      const steps = registryConversation(version === REGISTRY_VERSIONS.at(-1));
      await using stand = await openStand();
      await using folder = await temporaryFolder();
      await using slipway = await startSlipway(join(folder.path, "data"));
      const answers = transcript(await converse(slipway.socket, version, steps, stand.known));
      const found = steps.flatMap((step) => judge.faults(step, version, answers.get(step.name)));
      assert.equal(found.length, 0, `${found.length} differences\n${found.join("\n")}\n`);
      told += 1;
    });
  }
});

after(() => {
  if (told === REGISTRY_VERSIONS.length) assert.deepEqual(judge.idle(), [], "every accepted difference still exists");
});
