import assert from "node:assert/strict";

import { readTar, send, sha256 } from "../workbench/index.ts";

import type { Model } from "./model.ts";
import { POPULATION } from "./population.ts";
import { REMOTE } from "./remote.ts";

/** What is known of an image before the engine has it. */
export interface KnownImage {
  readonly id: string;
  readonly diffIds: readonly string[];
}

const KNOWN: readonly KnownImage[] = [...POPULATION, ...REMOTE.map(({ image }) => image)];

interface Row {
  readonly Id: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
}

/** What the engine says that it holds. */
export async function observed(socket: string): Promise<Model> {
  const { status, body } = await send(socket, { method: "GET", path: "/v1.43/images/json?all=1" });
  assert.equal(status, 200, body.toString());
  const rows = JSON.parse(body.toString()) as readonly Row[];
  const names = rows.flatMap(({ Id, RepoTags, RepoDigests }) => [...RepoTags, ...RepoDigests].map((name) => [name, Id] as const));
  return { images: new Set(rows.map(({ Id }) => Id)), names: new Map(names) };
}

export interface Saves {
  readonly model: Model;
  /** Those that the engine has built. */
  readonly built: readonly KnownImage[];
  readonly where: string;
}

/** Every image can be had back whole: its config and all its layers, byte for byte what was loaded, pulled or built. */
export async function verifySaves(socket: string, { model: { images }, built, where }: Saves): Promise<void> {
  if (images.size === 0) return;
  const query = [...images].map((id) => `names=${id}`).join("&");
  const { status, body, cut } = await send(socket, { method: "GET", path: `/images/get?${query}` });
  assert.equal(status, 200, `${where}: ${body.subarray(0, 500).toString()}`);
  assert.ok(!cut, `${where}: the archive ends early`);
  const { data } = readTar(body);
  const stored = new Set([...data.values()].map((bytes) => sha256(bytes)));
  for (const image of [...KNOWN, ...built].filter(({ id }) => images.has(id))) {
    assert.ok(stored.has(image.id), `${where}: the config of ${image.id} is in its archive`);
    assert.ok(
      image.diffIds.every((layer) => stored.has(layer)),
      `${where}: the layers of ${image.id} are in its archive`,
    );
  }
}
