import { dockerArchive, imageOf, jsonLines, send, tarOf } from "../workbench/index.ts";
import type { Answer, Call } from "../workbench/index.ts";

import type { Model } from "./model.ts";
import type { Dice } from "./dice.ts";

/** One request that changes the store, and what it changes once it has succeeded. */
export interface Operation {
  readonly what: string;
  readonly call: Call;
  /** The engine said that it is done; a load says so in its stream. Otherwise it was refused. */
  isDone(answer: Answer): boolean;
  /** What it does to the store, which may have changed since it was drawn. */
  apply(model: Model): void;
}

const SHARED = [{ name: "shared", data: Buffer.alloc(20_000, "shared ") }];

/** A small population, so that images and layers are loaded, removed and loaded again. */
export const POPULATION = Array.from({ length: 12 }, (_, index) =>
  imageOf(
    [SHARED, [{ name: `group-${index % 4}`, data: Buffer.alloc(3000, `${index % 4}`) }], [{ name: `own-${index}`, data: `${index}` }]],
    {
      created: `2024-02-${String(index + 1).padStart(2, "0")}T00:00:00Z`,
    },
  ),
);

const NAMES = Array.from({ length: 8 }, (_, index) => `crash/image:${index}`);

/** Draws the next operation; what it may touch depends on what is there. */
export function drawOperation(dice: Dice, model: Model): Operation {
  if (model.images.size < 3) return load(dice);
  return dice.pick([load, load, load, tag, tag, untag, untag, removeById, prune, pruneAll])(dice, model);
}

function load(dice: Dice): Operation {
  const image = dice.pick(POPULATION);
  const tags = dice.chance(0.8) ? [dice.pick(NAMES)] : null;
  const body = tarOf(dockerArchive([{ image, tags }]));
  return {
    what: `load ${image.id.slice(7, 19)} as ${tags?.[0] ?? "nothing"}`,
    call: { method: "POST", path: "/images/load", headers: { "content-type": "application/x-tar" }, body },
    isDone: ({ status, body: lines }) => status === 200 && /Loaded image/.test(JSON.stringify(jsonLines(lines))),
    apply: (model) => {
      model.images.add(image.id);
      for (const name of tags ?? []) model.names.set(name, image.id);
    },
  };
}

function tag(dice: Dice, model: Model): Operation {
  const id = dice.pick([...model.images]);
  const name = dice.pick(NAMES);
  const [repo, version] = name.split(":");
  return {
    what: `tag ${id.slice(7, 19)} as ${name}`,
    call: { method: "POST", path: `/images/${id}/tag?repo=${repo}&tag=${version}` },
    isDone: ({ status }) => status === 201,
    apply: ({ names, images }) => {
      if (images.has(id)) names.set(name, id);
    },
  };
}

function untag(dice: Dice, model: Model): Operation {
  const name = dice.pick([...model.names.keys(), ...NAMES.slice(0, 1)]);
  return {
    what: `untag ${name}`,
    call: { method: "DELETE", path: `/images/${name}` },
    isDone: ({ status }) => status === 200,
    apply: ({ names, images }) => {
      const id = names.get(name);
      names.delete(name);
      if (id !== undefined && ![...names.values()].includes(id)) images.delete(id);
    },
  };
}

function removeById(dice: Dice, model: Model): Operation {
  const id = dice.pick([...model.images]);
  return {
    what: `remove ${id.slice(7, 19)}`,
    call: { method: "DELETE", path: `/images/${id}?force=1` },
    isDone: ({ status }) => status === 200,
    apply: ({ names, images }) => {
      for (const [name, target] of names) if (target === id) names.delete(name);
      images.delete(id);
    },
  };
}

function prune(): Operation {
  return {
    what: "prune what has no name",
    call: { method: "POST", path: "/images/prune" },
    isDone: ({ status }) => status === 200,
    apply: ({ names, images }) => {
      const named = new Set(names.values());
      for (const id of images) if (!named.has(id)) images.delete(id);
    },
  };
}

function pruneAll(dice: Dice): Operation {
  if (dice.chance(0.7)) return prune();
  return {
    what: "prune everything",
    call: { method: "POST", path: `/images/prune?filters=${encodeURIComponent('{"dangling":["false"]}')}` },
    isDone: ({ status }) => status === 200,
    apply: ({ names, images }) => {
      names.clear();
      images.clear();
    },
  };
}

/** Sends an operation; `undefined` says that the engine died before it had answered. */
export async function perform(socket: string, { call }: Operation): Promise<Answer | undefined> {
  const answer = await send(socket, call).catch(() => undefined);
  return answer?.cut === true ? undefined : answer;
}
