import assert from "node:assert/strict";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cannotRun } from "../runtime/chains.ts";
import { startSlipway, temporaryFolder } from "../workbench/index.ts";
import { FOREVER, heard, importBox, run, send, stateOf } from "./box-daemon.ts";
import { isPidAlive, mountsBelow } from "./remains.ts";

describe("the end of an engine", { skip: cannotRun() }, () => {
  test("a clean one stops what runs, side by side, and says so; the next start finds it and starts it again", async () => {
    await using folder = await temporaryFolder();
    const dataRoot = join(folder.path, "data");
    {
      await using first = await startSlipway(dataRoot);
      await importBox(first);
      await run(first, "hears");
      await run(first, "deaf", "trap '' TERM; echo ready; while :; do sleep 0.05; done", { StopTimeout: 1 });
      await run(first, "goes", FOREVER, { HostConfig: { NetworkMode: "none", AutoRemove: true } });
      for (const name of ["hears", "deaf", "goes"]) await heard(first, name);
      await first.stop();
    }
    assert.deepEqual(mountsBelow(dataRoot), []);
    await using second = await startSlipway(dataRoot);
    const [hears, deaf] = [await stateOf(second, "hears"), await stateOf(second, "deaf")];
    assert.deepEqual([hears.Status, hears.ExitCode, deaf.Status, deaf.ExitCode], ["exited", 3, "exited", 137]);
    assert.equal((await send(second.socket, "GET", "/containers/goes/json")).status, 404);
    assert.equal((await send(second.socket, "POST", "/containers/hears/start")).status, 204);
  });

  test("after kill -9 the next start ends what is left, records it, says so and leaves nothing", async () => {
    await using folder = await temporaryFolder();
    const dataRoot = join(folder.path, "data");
    let pid = 0;
    {
      await using first = await startSlipway(dataRoot);
      await importBox(first);
      await run(first, "left", "echo kept > /file; echo ready; exec sleep 1000");
      await run(first, "paused");
      await run(first, "goes", FOREVER, { HostConfig: { NetworkMode: "none", AutoRemove: true }, Volumes: { "/tmp": {} } });
      await heard(first, "left");
      await send(first.socket, "POST", "/containers/paused/pause");
      pid = (await stateOf(first, "left")).Pid;
      await first.kill();
    }
    await using second = await startSlipway(dataRoot);
    assert.equal(isPidAlive(pid), false);
    assert.deepEqual(mountsBelow(dataRoot), []);
    assert.equal((await send(second.socket, "GET", "/containers/goes/json")).status, 404);
    assert.match((await send(second.socket, "GET", "/volumes")).text, /"Volumes":(?:\[\]|null)/);
    for (const name of ["left", "paused"]) {
      const { Status, ExitCode, Pid, FinishedAt } = await stateOf(second, name);
      assert.deepEqual([Status, ExitCode, Pid], ["exited", 137, 0]);
      assert.ok(Date.now() - Date.parse(FinishedAt) < 60_000, FinishedAt);
      assert.match(second.log(), new RegExp(`container ${name} was running when the engine was killed`));
    }
    assert.equal((await send(second.socket, "POST", "/containers/left/start")).status, 204);
    await send(second.socket, "DELETE", "/containers/left?force=1");
  });

  test("a container whose record is damaged, or not to be understood, is set aside and told of; the others are there", async () => {
    await using folder = await temporaryFolder();
    const dataRoot = join(folder.path, "data");
    {
      await using first = await startSlipway(dataRoot);
      await importBox(first);
      await run(first, "sound", "true");
      await run(first, "damaged", "true");
      await run(first, "newer", "true");
      const recordOf = async (name: string): Promise<string> => {
        const { text } = await send(first.socket, "GET", `/containers/${name}/json`);
        return join(dataRoot, "containers", (JSON.parse(text) as { readonly Id: string }).Id, "container.json");
      };
      const [damaged, newer] = [await recordOf("damaged"), await recordOf("newer")];
      await first.stop();
      truncateSync(damaged, 100);
      writeFileSync(newer, JSON.stringify({ ...(JSON.parse(readFileSync(newer, "utf8")) as object), version: 2 }));
    }
    await using second = await startSlipway(dataRoot);
    assert.equal((await send(second.socket, "GET", "/containers/sound/json")).status, 200);
    assert.equal((await send(second.socket, "GET", "/containers/damaged/json")).status, 404);
    assert.equal((await send(second.socket, "GET", "/containers/newer/json")).status, 404);
    assert.match(second.log(), /cannot read the record of container [0-9a-f]{64}: .*JSON.*; it is kept as /);
    assert.match(
      second.log(),
      /cannot read the record of container [0-9a-f]{64}: a newer version of slipway wrote it \(format 2, .*; it is kept as /,
    );
  });
});
