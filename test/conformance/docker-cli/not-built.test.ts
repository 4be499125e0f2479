import assert from "node:assert/strict";
import { test } from "node:test";

import { ARCHIVE } from "../images.ts";
import { openDocker, skip } from "./docker.ts";

/** No answer may keep a user waiting for what will not come. */
const QUICK_MS = 5_000;

/** What Slipway does not do yet, and how it says so. Each line goes when its feature comes. */
const REFUSED: readonly (readonly [command: string, message: RegExp])[] = [
  ["create --restart always demo/app:1 x", /the restart policy "always" is not implemented by slipway/],
  ["create -p 80:80 demo/app:1 x", /publishing ports is not implemented by slipway/],
  ["create -v data:/data demo/app:1 x", /the volume "data" is not implemented by slipway/],
  ["network create mine", /creating networks is not implemented by slipway/],
  ["volume create data", /creating volumes is not implemented by slipway/],
  ["swarm init", /a swarm is not implemented by slipway/],
  ["commit none", /No such container: none/],
  ["logs none", /No such container: none/],
];

/** What asks for what there is none of finds none, so that scripts which look first go on. */
const EMPTY: readonly (readonly [command: string, stdout: string])[] = [
  ["ps -aq", ""],
  ["volume ls -q", ""],
  ["container prune -f", "Total reclaimed space: 0B\n"],
];

test("docker commands whose feature is not there", { skip }, async (t) => {
  await using docker = await openDocker();
  await docker.run(["load"], { stdin: ARCHIVE });

  for (const [command, message] of REFUSED) {
    await t.test(`docker ${command} says so at once`, async () => {
      const started = performance.now();
      const { status, stderr } = await docker.run(command.split(" "));
      assert.notEqual(status, 0);
      assert.match(stderr, message);
      assert.ok(performance.now() - started < QUICK_MS);
    });
  }

  for (const [command, stdout] of EMPTY) {
    await t.test(`docker ${command} finds nothing`, async () => {
      assert.deepEqual(await docker.run(command.split(" ")), { status: 0, stdout, stderr: "" });
    });
  }
});
