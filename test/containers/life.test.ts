import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { Json, ServedContainers } from "./served-containers.ts";

const LOOP = "echo ready; while :; do sleep 0.05; done";
const FOREVER = `trap 'exit 3' TERM; trap : USR1; ${LOOP}`;

describe("a container's life", { skip: cannotRun() }, () => {
  let api: ServedContainers;
  before(async () => (api = await serveContainers()));
  after(() => api[Symbol.asyncDispose]());

  async function said(methodAndPath: string): Promise<readonly [number, string]> {
    const { status, text } = await api.ask(methodAndPath);
    return [status, text === "" ? "" : (JSON.parse(text) as { readonly message: string }).message];
  }

  /** Started, and past its preparations: before that, signals are not for it. */
  async function ready(script: string, config: Json = {}, host: Json = {}): Promise<string> {
    const id = await api.run(script, config, host);
    await heard(id);
    return id;
  }

  async function heard(id: string): Promise<void> {
    for await (const _ of await api.open(`GET /containers/${id}/logs?stdout=1&follow=1`)) break;
  }

  async function stateOf(id: string): Promise<Json> {
    return (await api.call(`GET /containers/${id}/json`))["State"] as Json;
  }

  /** Actions and what they tell beside image and name. */
  async function eventsOf(id: string): Promise<string[]> {
    const events: string[] = [];
    for await (const { type, action, actor } of api.engine.events.subscribe({ since: 0n, until: BigInt(Date.now() + 1) * 1_000_000n })) {
      const { image, name: _, ...rest } = actor.attributes;
      if (type !== "container" || actor.id !== id) continue;
      assert.equal(image, "box:1");
      events.push([action, ...Object.entries(rest).map(([key, value]) => `${key}=${value}`)].join(" "));
    }
    return events;
  }

  test("it is started once, stopped once, and ends as it was told to", async () => {
    const id = await api.create(FOREVER, { Labels: { l: "v" } });
    assert.deepEqual(await said(`POST /containers/${id}/start`), [204, ""]);
    await heard(id);
    assert.deepEqual(await said(`POST /containers/${id}/start`), [304, ""]);
    const running = await stateOf(id);
    assert.deepEqual([running["Status"], running["Running"], Number(running["Pid"]) > 0], ["running", true, true]);
    assert.deepEqual(await said(`POST /containers/${id}/stop`), [204, ""]);
    assert.deepEqual(await said(`POST /containers/${id}/stop`), [304, ""]);
    const ended = await stateOf(id);
    assert.deepEqual([ended["Status"], ended["ExitCode"], ended["Pid"]], ["exited", 3, 0]);
    assert.ok(String(ended["FinishedAt"]) >= String(ended["StartedAt"]));
    await api.call(`DELETE /containers/${id}`);
    const events = (await eventsOf(id)).map((event) => event.replace(/execDuration=\d+/, "execDuration=n"));
    assert.deepEqual(events, [
      "create l=v",
      "start l=v",
      "kill l=v signal=15",
      "stop l=v",
      "die l=v exitCode=3 execDuration=n",
      "destroy l=v",
    ]);
  });

  test("who does not hear the stop signal is killed after the time it has", async () => {
    const deaf = await ready(`trap '' TERM USR1; ${LOOP}`, { StopTimeout: 0 });
    await api.call(`POST /containers/${deaf}/stop`);
    assert.equal((await stateOf(deaf))["ExitCode"], 137);
    assert.deepEqual((await eventsOf(deaf)).slice(2, 4), ["kill signal=15", "kill signal=9"]);
    const own = await ready(`trap 'exit 5' USR1; ${LOOP}`, { StopSignal: "USR1" });
    await api.call(`POST /containers/${own}/stop`);
    assert.equal((await stateOf(own))["ExitCode"], 5);
    const told = await ready(`trap 'exit 6' INT; ${LOOP}`);
    await api.call(`POST /containers/${told}/stop?signal=INT&t=30`);
    assert.equal((await stateOf(told))["ExitCode"], 6);
    assert.deepEqual(await said(`POST /containers/${told}/stop?t=x`), [500, 'strconv.Atoi: parsing "x": invalid syntax']);
    await api.call("POST /containers/prune");
  });

  test("signals are names and numbers; SIGKILL is waited for", async () => {
    const id = await ready(FOREVER);
    const prefix = `cannot kill container: ${id}:`;
    assert.deepEqual(await said(`POST /containers/${id}/kill?signal=BOGUS`), [400, `${prefix} invalid signal: BOGUS`]);
    assert.deepEqual(await said(`POST /containers/${id}/kill?signal=0`), [400, `${prefix} invalid signal: 0`]);
    const much = "99999999999999999999";
    assert.deepEqual(await said(`POST /containers/${id}/kill?signal=${much}`), [400, `${prefix} invalid signal: ${much}`]);
    assert.deepEqual(await said(`POST /containers/${id}/stop?t=${much}`), [500, `strconv.Atoi: parsing "${much}": value out of range`]);
    assert.deepEqual(await said(`POST /containers/${id}/kill?signal=99`), [400, `${prefix} the linux daemon does not support signal 99`]);
    for (const signal of ["usr1", "SIGUSR1", "10"]) assert.deepEqual(await said(`POST /containers/${id}/kill?signal=${signal}`), [204, ""]);
    assert.deepEqual(await said(`POST /containers/${id}/kill`), [204, ""]);
    assert.equal((await stateOf(id))["ExitCode"], 137);
    assert.deepEqual(await said(`POST /containers/${id}/kill`), [409, `${prefix} container ${id} is not running`]);
    assert.deepEqual(await said("POST /containers/nope/kill"), [404, "cannot kill container: nope: No such container: nope"]);
    await api.call(`DELETE /containers/${id}`);
  });

  test("what is not there, or cannot be executed, has a shell's exit code and does not run", async () => {
    const cases = [
      [["nosuch"], 127, 'exec: "nosuch": executable file not found in $PATH'],
      [["/etc"], 126, 'exec: "/etc": '],
      [["/etc/passwd"], 126, 'exec: "/etc/passwd": permission denied'],
    ] as const;
    for (const [command, exitCode, words] of cases) {
      const id = await api.create("", { Cmd: command });
      const [status, message] = await said(`POST /containers/${id}/start`);
      assert.equal(status, 400);
      assert.ok(message.startsWith("failed to create task for container: ") && message.includes(words), message);
      const state = await stateOf(id);
      assert.deepEqual([state["Status"], state["ExitCode"], state["Error"]], ["created", exitCode, message]);
      await api.call(`DELETE /containers/${id}`);
    }
    const removed = await api.create("", { Cmd: ["nosuch"] }, { AutoRemove: true });
    const waiting = await api.open(`POST /containers/${removed}/wait?condition=removed`);
    await api.ask(`POST /containers/${removed}/start`);
    assert.equal(String(Buffer.concat(await waiting.toArray())), '{"StatusCode":127}\n', "the reason is told to who started it");
    const nowhere = await api.create("true", {}, { NetworkMode: "nope" });
    assert.deepEqual(await said(`POST /containers/${nowhere}/start`), [
      404,
      "failed to set up container networking: network nope not found",
    ]);
    await api.call(`DELETE /containers/${nowhere}`);
    const orphan = await api.create("true", {}, { NetworkMode: "container:nope" });
    assert.deepEqual(await said(`POST /containers/${orphan}/start`), [
      500,
      "joining network namespace of container: No such container: nope",
    ]);
    await api.call(`DELETE /containers/${orphan}`);
  });

  test("who lives in another's network is called what that one is called", async () => {
    const host = await ready(FOREVER, { Hostname: "lodger" });
    const guest = await api.run("hostname", {}, { NetworkMode: `container:${host}` });
    await api.call(`POST /containers/${guest}/wait`);
    const lines = (await api.ask(`GET /containers/${guest}/logs?stdout=1`)).text;
    assert.match(lines, /lodger\n$/);
    for (const id of [host, guest]) await api.call(`DELETE /containers/${id}?force=1`);
  });

  test("a file system in memory belongs to everybody, unless its mode says otherwise", async () => {
    const tmpfs = { "/open": "", "/made/own": "mode=700,size=1m" };
    const id = await api.run("stat -c %a /open /made /made/own", {}, { Tmpfs: tmpfs });
    await api.call(`POST /containers/${id}/wait`);
    const { text } = await api.ask(`GET /containers/${id}/logs?stdout=1`);
    assert.deepEqual(text.match(/\d{3,4}(?=\n)/g), ["1777", "755", "700"]);
    await api.call(`DELETE /containers/${id}`);
  });

  test("a wait says at once that it waits, and each condition is waited for", async () => {
    assert.deepEqual(await said("POST /containers/nope/wait"), [404, "No such container: nope"]);
    const id = await api.create("exit 7");
    assert.deepEqual(await said(`POST /containers/${id}/wait?condition=zz`), [400, 'invalid condition: "zz"']);
    assert.equal((await api.ask(`POST /containers/${id}/wait`)).text, '{"StatusCode":0}\n', "it does not run");
    const next = await api.open(`POST /containers/${id}/wait?condition=next-exit`);
    const removed = await api.open(`POST /containers/${id}/wait?condition=removed`);
    assert.deepEqual([next.statusCode, removed.statusCode], [200, 200]);
    await api.call(`POST /containers/${id}/start`);
    assert.equal(String(Buffer.concat(await next.toArray())), '{"StatusCode":7}\n');
    assert.equal((await api.ask(`POST /containers/${id}/wait?condition=not-running`)).text, '{"StatusCode":7}\n');
    await api.call(`DELETE /containers/${id}`);
    assert.equal(String(Buffer.concat(await removed.toArray())), '{"StatusCode":7}\n');
  });

  test("one that is to be removed at its end is, but not between the two halves of a restart", async () => {
    const id = await api.create("true", {}, { AutoRemove: true });
    const removed = api.ask(`POST /containers/${id}/wait?condition=removed`);
    await api.call(`POST /containers/${id}/start`);
    assert.equal((await removed).text, '{"StatusCode":0}\n');
    assert.deepEqual(await said(`GET /containers/${id}/json`), [404, `No such container: ${id}`]);
    const again = await ready(FOREVER, {}, { AutoRemove: true });
    await api.call(`POST /containers/${again}/restart`);
    assert.equal((await stateOf(again))["Status"], "running");
    const gone = api.ask(`POST /containers/${again}/wait?condition=removed`);
    await api.call(`POST /containers/${again}/kill`);
    assert.equal((await gone).text, '{"StatusCode":137}\n');
    const broken = await api.create("", { Cmd: ["nosuch"] }, { AutoRemove: true });
    assert.equal((await said(`POST /containers/${broken}/start`))[0], 400);
    assert.deepEqual(await said(`GET /containers/${broken}/json`), [404, `No such container: ${broken}`]);
  });

  test("paused it stands still, and is found so; a stop wakes it", async () => {
    const id = await ready(FOREVER);
    assert.deepEqual(await said(`POST /containers/${id}/unpause`), [500, `Container ${id} is not paused`]);
    assert.deepEqual(await said(`POST /containers/${id}/pause`), [204, ""]);
    assert.deepEqual(await said(`POST /containers/${id}/pause`), [409, `Container ${id} is already paused`]);
    assert.deepEqual(await said(`POST /containers/${id}/start`), [409, "cannot start a paused container, try unpause instead"]);
    const refusal = `cannot remove container "${id}": container is paused and must be unpaused first`;
    assert.deepEqual(await said(`DELETE /containers/${id}`), [409, refusal]);
    const state = await stateOf(id);
    assert.deepEqual([state["Status"], state["Running"], state["Paused"]], ["paused", true, true]);
    assert.deepEqual(await said(`POST /containers/${id}/unpause`), [204, ""]);
    await api.call(`POST /containers/${id}/pause`);
    assert.deepEqual(await said(`POST /containers/${id}/stop`), [204, ""]);
    assert.deepEqual(await said(`POST /containers/${id}/pause`), [409, `container ${id} is not running`]);
    await api.call(`DELETE /containers/${id}`);
  });

  test("it is renamed to what nobody is called", async () => {
    const [one, two] = [await api.create("true"), await api.create("true")];
    await api.call(`POST /containers/${one}/rename?name=one`);
    const words = "Error when allocating new name:";
    const rule = "only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed";
    assert.deepEqual(await said("POST /containers/one/rename"), [400, "Neither old nor new names may be empty"]);
    assert.deepEqual(await said("POST /containers/one/rename?name=-x"), [400, `${words} Invalid container name (/-x), ${rule}`]);
    assert.deepEqual(await said("POST /containers/one/rename?name=/one"), [
      400,
      "Renaming a container with the same name as its current name",
    ]);
    assert.equal((await said(`POST /containers/${two}/rename?name=one`))[0], 409);
    assert.equal((await said(`POST /containers/${two}/rename?name=two`))[0], 204);
    assert.deepEqual(await said("POST /containers/one/rename?name=three"), [204, ""]);
    assert.deepEqual(await said("GET /containers/one/json"), [404, "No such container: one"]);
    assert.ok((await eventsOf(one)).includes("rename oldName=/one"));
    await api.call("POST /containers/prune");
  });

  test("two removals, two starts and a start beside a removal get Docker's answers", async () => {
    const id = await ready(FOREVER);
    assert.match((await said(`DELETE /containers/${id}`))[1], /container is running: stop the container before removing or force remove$/);
    const removals = await Promise.all([said(`DELETE /containers/${id}?force=1`), said(`DELETE /containers/${id}?force=1`)]);
    assert.deepEqual(removals, [
      [204, ""],
      [409, `removal of container ${id} is already in progress`],
    ]);
    const other = await api.create(FOREVER);
    const starts = await Promise.all([said(`POST /containers/${other}/start`), said(`POST /containers/${other}/start`)]);
    assert.deepEqual(
      starts.map(([status]) => status).toSorted((a, b) => a - b),
      [204, 304],
    );
    const stops = await Promise.all([said(`POST /containers/${other}/stop`), said(`POST /containers/${other}/stop`)]);
    assert.deepEqual(
      stops.map(([status]) => status).toSorted((a, b) => a - b),
      [204, 204],
    );
    const race = await Promise.all([said(`DELETE /containers/${other}?force=1`), said(`POST /containers/${other}/start`)]);
    assert.equal(race[0][0], 204);
    assert.ok([404, 409].includes(race[1][0]), String(race[1]));
    assert.equal((await api.ask("GET /containers/json?all=1")).text, "[]\n");
  });

  test("limits are changed, also while it runs", async () => {
    const id = await ready(FOREVER, {}, { Memory: 50_000_000 });
    const update = async (body: Json): Promise<Json> => api.call(`POST /containers/${id}/update`, { body });
    assert.deepEqual(await update({ Memory: 20_000_000, MemorySwap: 40_000_000, PidsLimit: 50 }), { Warnings: null });
    const host = (await api.call(`GET /containers/${id}/json`))["HostConfig"] as Json;
    assert.deepEqual([host["Memory"], host["MemorySwap"], host["PidsLimit"]], [20_000_000, 40_000_000, 50]);
    await assert.rejects(update({ Memory: 1 }), /400 .*Minimum memory limit allowed is 6MB/);
    await assert.rejects(update({ Memory: 90_000_000 }), /409 .*Cannot update container [0-9a-f]{64}: Memory limit should be smaller/);
    await api.call(`DELETE /containers/${id}?force=1`);
    assert.ok((await eventsOf(id)).includes("update"));
  });

  test("processes are shown as the machine's ps shows them", async () => {
    const id = await api.run("sleep 1000");
    const top = await api.call(`GET /containers/${id}/top`);
    assert.deepEqual(top["Titles"], ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]);
    assert.deepEqual(
      (top["Processes"] as string[][]).map((row) => row.at(-1)),
      ["sleep 1000"],
    );
    assert.deepEqual(await said(`GET /containers/${id}/top?ps_args=-o%20args`), [500, "Couldn't find PID field in ps output"]);
    await api.call(`DELETE /containers/${id}?force=1`);
    const still = await api.create("true");
    assert.deepEqual(await said(`GET /containers/${still}/top`), [409, `container ${still} is not running`]);
    await api.call(`DELETE /containers/${still}`);
  });
});
