import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { mountsBelow } from "../containers/remains.ts";
import { busyboxTar, cannotRun, tarOf } from "../runtime/chains.ts";
import { fsck, send, startSlipway, temporaryFolder } from "../workbench/index.ts";

import { diceOf } from "./dice.ts";

const KILLS = Number(process.env["SLIPWAY_CRASH_FILES_KILLS"] ?? "4");
const SEED = Number(process.env["SLIPWAY_CRASH_SEED"] ?? Date.now() % 1_000_000);
const LONGEST_LIFE_MS = 700;

const TAR = { "content-type": "application/x-tar" };
const JSON_TYPE = { "content-type": "application/json" };
const SIZE = 3_000_000;

interface Known {
  /** Images that were acknowledged. */
  readonly commits: string[];
  /** Volumes that were acknowledged, by the container that has them. */
  readonly volumes: Map<string, string>;
  /** Files whose copy was acknowledged. */
  readonly copied: Set<string>;
}

/** Files go into one container and out of it, and images and containers are made of it, until the engine is gone. */
async function live(socket: string, known: Known, { first, onCommit }: { first: number; onCommit: () => void }): Promise<void> {
  const ask = async (method: string, path: string, body?: Buffer, headers = TAR): Promise<string> => {
    const answer = await send(socket, { method, path, ...(body !== undefined && { body, headers }) });
    if (answer.cut || answer.status === 0) throw new Error("the engine is gone");
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.body.toString()}`);
    return answer.body.toString("latin1");
  };
  for (let number = first; ; number += 1) {
    const header = { type: "file", path: `f${number}`, mode: 0o644, size: SIZE } as const;
    await ask("PUT", "/containers/one/archive?path=/tmp", await tarOf([{ header, body: Buffer.alloc(SIZE, number % 256) }]));
    known.copied.add(`f${number}`);
    await ask("GET", "/containers/one/archive?path=/tmp");
    const { Id } = JSON.parse(await ask("POST", `/commit?container=one&repo=made&tag=${number}`)) as { Id: string };
    known.commits.push(Id);
    onCommit();
    await ask("GET", "/containers/one/export");
    const wish = Buffer.from(JSON.stringify({ Image: "box:1", Cmd: ["true"], Volumes: { "/tmp": {} } }));
    await ask("POST", `/containers/create?name=v${number}`, wish, JSON_TYPE);
    const { Mounts } = JSON.parse(await ask("GET", `/containers/v${number}/json`)) as { Mounts: { Name: string }[] };
    known.volumes.set(`v${number}`, Mounts[0]?.Name ?? "");
    await ask("GET", `/containers/v${number}/archive?path=/tmp`);
  }
}

test(`${KILLS} kills while files go in and out: nothing is half, nothing is left (seed ${SEED})`, { skip: cannotRun() }, async () => {
  await using folder = await temporaryFolder();
  const dataRoot = join(folder.path, "data");
  const dice = diceOf(SEED);
  const known: Known = { commits: [], volumes: new Map(), copied: new Set() };
  {
    await using slipway = await startSlipway(dataRoot);
    await send(slipway.socket, { method: "POST", path: "/images/create?fromSrc=-&repo=box&tag=1", headers: TAR, body: await busyboxTar() });
    const body = Buffer.from(JSON.stringify({ Image: "box:1", Cmd: ["true"] }));
    const { status } = await send(slipway.socket, { method: "POST", path: "/containers/create?name=one", headers: JSON_TYPE, body });
    assert.equal(status, 201);
  }
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const where = `seed ${SEED}, kill ${kill} of ${KILLS}`;
    await using slipway = await startSlipway(dataRoot);
    const { promise: committed, resolve: onCommit } = Promise.withResolvers<void>();
    const living = live(slipway.socket, known, { first: kill * 1000, onCommit }).catch((error: unknown) => error);
    // On the slowest machine, too, there has to be something to lose.
    if (kill % 2 === 0) await Promise.race([committed, living]);
    await pause(100 + dice.next() * LONGEST_LIFE_MS);
    await slipway.kill();
    assert.ok(!((await living) instanceof assert.AssertionError), `${where}: ${String(await living)}`);
    await verify(dataRoot, known, where);
    const { status, report } = await fsck(dataRoot);
    assert.equal(status, 0, `fsck after ${where}:\n${report}`);
  }
  assert.ok(known.copied.size > 0 && known.commits.length > 0, "no operation came to its end");
});

/** What was acknowledged is there whole; what was not is there whole or not at all. */
async function verify(dataRoot: string, known: Known, where: string): Promise<void> {
  await using slipway = await startSlipway(dataRoot);
  assert.deepEqual(mountsBelow(dataRoot), [], where);
  for (const id of known.commits) {
    const { status } = await send(slipway.socket, { method: "GET", path: `/images/${id}/json` });
    assert.equal(status, 200, `${where}: image ${id}`);
  }
  for (const [container, volume] of known.volumes) {
    assert.equal(
      (await send(slipway.socket, { method: "GET", path: `/volumes/${volume}` })).status,
      200,
      `${where}: volume of ${container}`,
    );
  }
  for (const name of known.copied) {
    const { status, headers } = await send(slipway.socket, { method: "HEAD", path: `/containers/one/archive?path=/tmp/${name}` });
    assert.equal(status, 200, `${where}: /tmp/${name}`);
    const stat = JSON.parse(Buffer.from(String(headers["x-docker-container-path-stat"]), "base64").toString()) as { size: number };
    assert.equal(stat.size, SIZE, `${where}: /tmp/${name}`);
  }
  assert.deepEqual(mountsBelow(dataRoot), [], where);
  const folder = join(dataRoot, "ingest");
  assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], [], where);
}
