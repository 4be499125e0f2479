import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isPidAlive, mountsBelow } from "./remains.ts";
import { cannotRun, busyboxTar } from "../runtime/chains.ts";
import { send as sendCall, startSlipway, temporaryFolder } from "../workbench/index.ts";
import type { Slipway } from "../workbench/index.ts";

interface State {
  readonly Status: string;
  readonly ExitCode: number;
  readonly Pid: number;
  readonly FinishedAt: string;
}

async function send(
  socket: string,
  method: string,
  path: string,
  { body, type = "application/json" }: { readonly body?: string | Uint8Array; readonly type?: string } = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const bytes = body === undefined ? {} : { body: Buffer.from(body), headers: { "content-type": type } };
  const answer = await sendCall(socket, { method, path, ...bytes });
  return { status: answer.status, text: answer.body.toString() };
}

const FOREVER = "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done";

async function importBox({ socket }: Slipway): Promise<void> {
  await send(socket, "POST", "/images/create?fromSrc=-&repo=box&tag=1", { body: await busyboxTar(), type: "application/x-tar" });
}

async function run({ socket }: Slipway, name: string, script = FOREVER, config: object = {}): Promise<void> {
  const body = JSON.stringify({ Image: "box:1", Cmd: ["sh", "-c", script], HostConfig: { NetworkMode: "none" }, ...config });
  const made = await send(socket, "POST", `/containers/create?name=${name}`, { body, type: "application/json" });
  assert.equal(made.status, 201, made.text);
  const started = await send(socket, "POST", `/containers/${name}/start`);
  assert.equal(started.status, 204, started.text);
}

/** Its script is past its preparations. */
async function heard({ socket }: Slipway, name: string): Promise<void> {
  for (let said = ""; !said.includes("ready");) said = (await send(socket, "GET", `/containers/${name}/logs?stdout=1`)).text;
}

async function stateOf({ socket }: Slipway, name: string): Promise<State> {
  const { text } = await send(socket, "GET", `/containers/${name}/json`);
  return (JSON.parse(text) as { readonly State: State }).State;
}

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
      await run(first, "goes", FOREVER, { HostConfig: { NetworkMode: "none", AutoRemove: true } });
      await heard(first, "left");
      await send(first.socket, "POST", "/containers/paused/pause");
      pid = (await stateOf(first, "left")).Pid;
      await first.kill();
    }
    await using second = await startSlipway(dataRoot);
    assert.equal(isPidAlive(pid), false);
    assert.deepEqual(mountsBelow(dataRoot), []);
    assert.equal((await send(second.socket, "GET", "/containers/goes/json")).status, 404);
    for (const name of ["left", "paused"]) {
      const { Status, ExitCode, Pid, FinishedAt } = await stateOf(second, name);
      assert.deepEqual([Status, ExitCode, Pid], ["exited", 137, 0]);
      assert.ok(Date.now() - Date.parse(FinishedAt) < 60_000, FinishedAt);
      assert.match(second.log(), new RegExp(`container ${name} was running when the engine was killed`));
    }
    assert.equal((await send(second.socket, "POST", "/containers/left/start")).status, 204);
    await send(second.socket, "DELETE", "/containers/left?force=1");
  });

  test("a container whose record is damaged is set aside and told of; the others are there", async () => {
    await using folder = await temporaryFolder();
    const dataRoot = join(folder.path, "data");
    {
      await using first = await startSlipway(dataRoot);
      await importBox(first);
      await run(first, "sound", "true");
      await run(first, "damaged", "true");
      const { text } = await send(first.socket, "GET", "/containers/damaged/json");
      const { Id: id } = JSON.parse(text) as { readonly Id: string };
      await first.stop();
      truncateSync(join(dataRoot, "containers", id, "container.json"), 100);
    }
    await using second = await startSlipway(dataRoot);
    assert.equal((await send(second.socket, "GET", "/containers/sound/json")).status, 200);
    assert.equal((await send(second.socket, "GET", "/containers/damaged/json")).status, 404);
    assert.match(second.log(), /cannot read the record of container [0-9a-f]{64}: .*; it is kept as /);
  });
});
