import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { busyboxTar, cannotRun } from "../../runtime/chains.ts";
import { jsonLines, send } from "../../workbench/index.ts";
import type { Image } from "../../workbench/index.ts";
import { openDaemon } from "../daemon.ts";
import { APP, ARCHIVE, NAMELESS, NAMELESS_ARCHIVE, OLD, ROOTFS } from "../images.ts";

/** Debian's own: another Python that comes first in PATH does not see Debian's modules. */
const PYTHON = "/usr/bin/python3";
const CONVERSATION = fileURLToPath(new URL("conversation.py", import.meta.url));
const CONTAINERS = fileURLToPath(new URL("container_conversation.py", import.meta.url));
const STREAMS = fileURLToPath(new URL("streams_conversation.py", import.meta.url));
const PATIENCE_MS = 60_000;

const hasModule = spawnSync(PYTHON, ["-c", "import docker"]).status === 0;

test("docker-py", { skip: hasModule ? false : `${PYTHON} has no module docker (Debian: python3-docker)` }, async (t) => {
  await using daemon = await openDaemon();
  const { folder } = daemon;
  await writeFile(`${folder}/two.tar`, ARCHIVE);
  await writeFile(`${folder}/nameless.tar`, NAMELESS_ARCHIVE);
  await writeFile(`${folder}/rootfs.tar`, ROOTFS);
  await writeFile(`${folder}/facts.json`, JSON.stringify({ app: factsOf(APP), old: factsOf(OLD), nameless: factsOf(NAMELESS) }));
  const options = { timeout: PATIENCE_MS, env: { PATH: "/usr/bin:/bin", HOME: folder } };
  const { stdout } = await promisify(execFile)(PYTHON, ["-B", CONVERSATION, daemon.socket, folder], options);
  const steps = jsonLines(Buffer.from(stdout)) as { name: string; fault: string | null }[];
  assert.ok(steps.length > 10, stdout);
  for (const { name, fault } of steps) await t.test(name, () => assert.ok(fault === null, String(fault)));
});

for (const [what, script, count] of [
  ["what becomes of containers", CONTAINERS, 5],
  ["what goes in and out of them", STREAMS, 6],
] as const) {
  test(`docker-py, and ${what}`, { skip: (!hasModule && "docker-py is not there") || cannotRun() }, async (t) => {
    await using daemon = await openDaemon();
    const headers = { "content-type": "application/x-tar" };
    await send(daemon.socket, { method: "POST", path: "/images/create?fromSrc=-&repo=box&tag=1", headers, body: await busyboxTar() });
    const options = { timeout: PATIENCE_MS, env: { PATH: "/usr/bin:/bin", HOME: daemon.folder } };
    const { stdout } = await promisify(execFile)(PYTHON, ["-B", script, daemon.socket], options);
    const steps = jsonLines(Buffer.from(stdout)) as { name: string; fault: string | null }[];
    assert.equal(steps.length, count, stdout);
    for (const { name, fault } of steps) await t.test(name, () => assert.ok(fault === null, String(fault)));
  });
}

function factsOf({ id, diffIds }: Image): Pick<Image, "id" | "diffIds"> {
  return { id, diffIds };
}
