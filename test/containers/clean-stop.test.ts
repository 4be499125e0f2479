import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openEngine } from "#engine";
import { cannotRun } from "../runtime/chains.ts";
import { startSlipway, temporaryFolder } from "../workbench/index.ts";
import type { Slipway } from "../workbench/index.ts";
import { create, FOREVER, heard, importBox, run, send, stateOf } from "./box-daemon.ts";
import { LeakCheck } from "./leaks.ts";
import { Talk } from "./talk.ts";

const DEAF = "trap '' TERM; echo ready; while :; do sleep 0.05; done";

function attach({ socket }: Slipway, name: string): Promise<Talk> {
  return Talk.open(createConnection(socket), `POST /containers/${name}/attach?stream=1&stdout=1&stdin=1`);
}

async function exec(slipway: Slipway, name: string, command: readonly string[]): Promise<Talk> {
  const body = JSON.stringify({ Cmd: command, AttachStdout: true });
  const { text } = await send(slipway.socket, "POST", `/containers/${name}/exec`, { body });
  const { Id: id } = JSON.parse(text) as { readonly Id: string };
  return Talk.open(createConnection(slipway.socket), `POST /exec/${id}/start`, { body: { Detach: false } });
}

describe("a clean stop", { skip: cannotRun() }, () => {
  test("tells everybody who listens or waits how it ended, whatever the containers were doing, and leaves nothing", async () => {
    await using folder = await temporaryFolder();
    const dataRoot = join(folder.path, "data");
    await using slipway = await startSlipway(dataRoot);
    await importBox(slipway);
    const { socket } = slipway;
    await run(slipway, "plain");
    await run(slipway, "terminal", FOREVER, { Tty: true, OpenStdin: true });
    await run(slipway, "checked", FOREVER, { Healthcheck: { Test: ["CMD-SHELL", "sleep 1000"], Interval: 1e9, Timeout: 60e9 } });
    await run(slipway, "joined", FOREVER, { HostConfig: { NetworkMode: "container:checked" } });
    await run(slipway, "goes", FOREVER, { HostConfig: { NetworkMode: "none", AutoRemove: true } });
    await run(slipway, "frozen");
    await create(slipway, "never");
    const names = ["plain", "terminal", "checked", "joined", "goes", "frozen"];
    for (const name of names) await heard(slipway, name);
    await send(socket, "POST", "/containers/frozen/pause");

    const [plain, goes, never] = [await attach(slipway, "plain"), await attach(slipway, "goes"), await attach(slipway, "never")];
    const terminal = await attach(slipway, "terminal");
    const command = await exec(slipway, "plain", ["sh", "-c", "echo begun; exec sleep 1000"]);
    await command.says("begun");
    const waits = ["plain", "goes"].map((name) => send(socket, "POST", `/containers/${name}/wait?condition=next-exit`));
    const logs = send(socket, "GET", "/containers/joined/logs?stdout=1&follow=1");
    const events = send(socket, "GET", "/events");
    const stats = send(socket, "GET", "/containers/checked/stats");
    const futile = send(socket, "POST", "/containers/never/wait?condition=next-exit");
    // Answered behind the others, so they are there.
    await send(socket, "GET", "/_ping");
    const leaks = LeakCheck.before(dataRoot);

    await slipway.stop();
    assert.deepEqual(
      [(await plain.streams())["stdout"], (await goes.streams())["stdout"], await terminal.rest()],
      ["bye\n", "bye\n", "bye\r\n"],
    );
    assert.deepEqual([await never.rest(), (await command.streams())["stdout"]], ["", "begun\n"]);
    assert.deepEqual(
      (await Promise.all(waits)).map(({ text }) => text),
      ['{"StatusCode":3}\n', '{"StatusCode":3}\n'],
    );
    assert.match((await logs).text, /ready\n.*bye\n$/s);
    assert.match((await events).text, /"Action":"stop".*"Action":"die"/s);
    assert.deepEqual([(await events).cut, (await stats).cut, (await futile).cut], [false, false, true]);
    leaks.assertNothingLeft();

    await using next = await startSlipway(dataRoot);
    assert.equal((await send(next.socket, "GET", "/containers/goes/json")).status, 404);
    for (const name of names.filter((each) => each !== "goes")) {
      const { Status, ExitCode, Error: error } = await stateOf(next, name);
      assert.deepEqual([name, Status, ExitCode, error], [name, "exited", 3, ""]);
    }
  });

  test("waits for a container as long as that asks for, and kills it at the second signal", async () => {
    await using folder = await temporaryFolder();
    const dataRoot = join(folder.path, "data");
    await using slipway = await startSlipway(dataRoot, { flags: ["--shutdown-timeout", "0"] });
    await importBox(slipway);
    await run(slipway, "deaf", DEAF, { StopTimeout: 50 });
    await heard(slipway, "deaf");
    const wait = send(slipway.socket, "POST", "/containers/deaf/wait");
    const events = send(slipway.socket, "GET", "/events");
    await send(slipway.socket, "GET", "/_ping");
    const began = Date.now();
    process.kill(slipway.pid, "SIGTERM");
    while (!slipway.log().includes("daemon: stopping")) await new Promise((resolve) => setTimeout(resolve, 300));
    process.kill(slipway.pid, "SIGINT");
    assert.equal((await wait.catch(() => ({ text: "" }))).text, '{"StatusCode":137}\n');
    await events.catch(() => undefined);
    await slipway.stop();
    assert.ok(Date.now() - began < 20_000);
    await using next = await startSlipway(dataRoot);
    const { Status, ExitCode } = await stateOf(next, "deaf");
    assert.deepEqual([Status, ExitCode], ["exited", 137]);
  });

  test("of an engine in one's own program does the same, whoever is just being started", async () => {
    await using folder = await temporaryFolder();
    const dataRoot = join(folder.path, "data");
    {
      await using slipway = await startSlipway(dataRoot);
      await importBox(slipway);
      for (let number = 0; number < 8; number += 1) await create(slipway, `c${number}`, "exec sleep 1000", { StopTimeout: 1 });
    }
    const engine = await openEngine({ dataRoot });
    await engine.containers.start("c0");
    const starts = [1, 2, 3, 4, 5, 6, 7].map((number) => engine.containers.start(`c${number}`));
    const settled = Promise.allSettled(starts);
    await starts[0];
    const leaks = LeakCheck.before(dataRoot);
    await engine.close();
    leaks.assertNothingLeft();
    await settled;
    await using again = await openEngine({ dataRoot });
    const rows = await again.containers.list({ all: true });
    const states = rows.map(({ record }) => record.state.status);
    assert.ok(
      states.every((status) => status === "exited" || status === "created"),
      states.join(),
    );
    assert.ok(states.includes("exited"));
  });
});
