import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cannotRun, hasProgram } from "../runtime/chains.ts";
import { companionsOf, killQuietly } from "./companions.ts";
import { serveContainers } from "./served-containers.ts";
import type { Json, ServedContainers } from "./served-containers.ts";

const FOREVER = "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done";

interface Case {
  /** As the kernel has it. */
  readonly victim: string;
  readonly config?: Json;
  readonly hostConfig?: Json;
  /** What becomes of the container: without its network it goes on. */
  readonly exitCode: number | undefined;
}

const CASES: readonly Case[] = [
  { victim: "runc", exitCode: 137 },
  { victim: "sh", exitCode: 137 },
  { victim: "script", config: { Tty: true, OpenStdin: true }, exitCode: 137 },
  { victim: "runc", config: { Tty: true }, exitCode: 137 },
  ...(hasProgram("slirp4netns")
    ? [
        { victim: "slirp4netns", hostConfig: { NetworkMode: "bridge" }, exitCode: undefined },
        { victim: "cat", hostConfig: { NetworkMode: "bridge" }, exitCode: undefined },
      ]
    : []),
];

/** The engine's leak check at the end is half of every test here. */
describe("what a container needs is killed", { skip: cannotRun() }, () => {
  let served: ServedContainers;

  before(async () => {
    served = await serveContainers();
  });
  after(() => served[Symbol.asyncDispose]());

  async function stateOf(id: string): Promise<Json> {
    return (await served.call(`GET /containers/${id}/json`))["State"] as Json;
  }

  async function heard(id: string): Promise<void> {
    for (let said = ""; !said.includes("ready");) said = (await served.ask(`GET /containers/${id}/logs?stdout=1`)).text;
  }

  for (const { victim, config, hostConfig, exitCode } of CASES) {
    const how = exitCode === undefined ? "goes on" : "has ended, and says so";
    test(`without its ${victim} a container with ${JSON.stringify({ ...config, ...hostConfig })} ${how}`, async () => {
      const id = await served.run(FOREVER, config, hostConfig);
      await heard(id);
      const first = Number((await stateOf(id))["Pid"]);
      const wait = served.call(`POST /containers/${id}/wait`);
      const found = companionsOf(process.pid).find(({ pid, name }) => (victim === "sh" ? pid === first : name === victim));
      assert.ok(found, JSON.stringify(companionsOf(process.pid)));
      killQuietly(found.pid);
      if (exitCode === undefined) await served.call(`POST /containers/${id}/stop`);
      assert.equal((await wait)["StatusCode"], exitCode ?? 3);
      const { Status, Pid } = await stateOf(id);
      assert.deepEqual([Status, Pid, companionsOf(first)], ["exited", 0, []]);
      await served.call(`POST /containers/${id}/start`);
      await served.call(`DELETE /containers/${id}?force=1`);
    });
  }

  test("without the shell that starts small programs whoever waits for one is told, and the next gets another", async () => {
    const id = await served.create("true");
    const shells = companionsOf(process.pid).filter(({ name }) => name === "sh");
    for (const { pid } of shells) killQuietly(pid);
    for (let attempt = 0; (await served.ask(`POST /containers/${id}/start`)).status !== 204; attempt += 1) assert.ok(attempt < 3);
    await served.call(`POST /containers/${id}/wait`);
  });
});
