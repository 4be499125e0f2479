import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { checkDataRoot } from "#engine";
import { imageArchive } from "../fixtures/image-archive.ts";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import { serveContainers } from "../containers/served-containers.ts";
import type { Dice } from "../crash/dice.ts";
import { cannotRun } from "../runtime/chains.ts";
import { tarOf, temporaryFolder } from "../workbench/index.ts";
import { askAtOnce, SEED, withJson, withTar } from "./clients.ts";
import type { Request } from "./clients.ts";

const SHARED = { shared: Buffer.alloc(300_000, "shared ") };
const ARCHIVES = [1, 2, 3].map(
  (number) =>
    imageArchive({ layers: [SHARED, { [`own-${number}`]: Buffer.alloc(100_000, `${number}`) }], tags: [`loaded:${number}`] }).bytes,
);
const NAMES = ["loaded:1", "loaded:2", "loaded:3", "box:1", "built:1", "built:2", "kept:1", "kept:2"];

/** What can be asked for and is not there; all else that a stream ends with is a fault. */
const REFUSALS =
  /No such image|does not exist|not found|manifest unknown|No such container|is not found|reference does not exist|tag does not exist/i;

const skip = hasRegistry ? cannotRun() : "docker-registry is not installed";

test(`clients of a few images hear what is so, and the store is whole (seed ${SEED})`, { skip }, async (context) => {
  await using registry = await startRegistry();
  await using folder = await temporaryFolder();
  const dataRoot = join(folder.path, "data");
  const isFault = (status: number, text: string): boolean => {
    const told = /"error":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
    return status >= 500 ? !text.includes("already running") : told !== undefined && !REFUSALS.test(told);
  };
  {
    await using served = await serveContainers(dataRoot);
    // What is built stands on what can be had again, whoever removes it.
    await served.call(`POST /images/box:1/tag?repo=${registry.host}/base&tag=1`, { status: 201 });
    assert.match((await served.ask(`POST /images/${registry.host}/base/push?tag=1`)).text, /"aux"/);
    context.diagnostic(`answers: ${await askAtOnce(served, (dice) => draw(dice, registry.host), isFault)}`);
  }
  const { problems, leftovers } = await checkDataRoot({ dataRoot });
  assert.deepEqual([problems, leftovers], [[], []]);
});

async function draw(dice: Dice, host: string): Promise<Request> {
  const name = dice.pick(NAMES);
  const [repository = "", tag = ""] = name.split(":");
  const remote = `${host}/kept`;
  const plain = [
    `POST /images/create?fromImage=${remote}&tag=${dice.pick(["1", "2"])}`,
    `POST /images/create?fromImage=${remote}&tag=${dice.pick(["1", "2"])}`,
    `POST /images/${remote}/push?tag=${dice.pick(["1", "2"])}`,
    `POST /images/${remote}/push?tag=${dice.pick(["1", "2"])}`,
    `POST /images/${name}/tag?repo=${remote}&tag=${dice.pick(["1", "2"])}`,
    `POST /images/${name}/tag?repo=${remote}&tag=${dice.pick(["1", "2"])}`,
    `POST /images/${name}/tag?repo=kept&tag=${dice.pick(["1", "2"])}`,
    `DELETE /images/${name}`,
    `DELETE /images/${host}/base:1?force=1`,
    `DELETE /images/${name}?force=1`,
    `DELETE /images/${remote}:${dice.pick(["1", "2"])}`,
    `GET /images/${name}/json`,
    `GET /images/${name}/history`,
    `GET /images/${name}/get`,
    `GET /images/get?names=${name}&names=${dice.pick(NAMES)}`,
    "GET /images/json?all=1&shared-size=1",
    "GET /system/df",
    `GET /distribution/${remote}:1/json`,
    "POST /images/prune",
    `POST /images/prune?filters=${encodeURIComponent('{"dangling":["false"]}')}`,
    "POST /build/prune?all=1",
    "POST /build/prune",
    `GET /v2/${repository}/manifests/${tag}`,
  ];
  const drawn = Math.floor(dice.next() * (plain.length + 10));
  if (drawn < plain.length) return { request: plain[drawn] ?? "" };
  if (drawn < plain.length + 3) return withTar("POST /images/load", dice.pick(ARCHIVES));
  if (drawn < plain.length + 5) return withTar("POST /images/create?fromSrc=-&repo=imported&tag=1", tarOf([{ name: "a", data: "a" }]));
  if (drawn === plain.length + 5)
    return withJson("POST /containers/create", { Image: name, Cmd: ["x"], HostConfig: { NetworkMode: "none" } });
  if (drawn === plain.length + 6) return { request: "POST /containers/prune" };
  return withTar(`POST /build?t=built:${dice.pick(["1", "2"])}&networkmode=none`, context(dice, host));
}

function context(dice: Dice, host: string): Uint8Array {
  const number = dice.pick(["1", "2", "3"]);
  const copies = `FROM ${host}/base:1\nCOPY file /file\nENV N=${dice.pick(["1", "2"])}\n`;
  const runs = `FROM ${host}/base:1 AS one\nRUN echo ${number} > /own\nFROM one\nRUN --mount=type=cache,target=/c touch /c/x && cat /own\n`;
  return tarOf([
    { name: "Dockerfile", data: dice.chance(0.5) ? copies : runs },
    { name: "file", data: number },
  ]);
}
