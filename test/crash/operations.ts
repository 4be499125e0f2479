import { dockerArchive, jsonLines, tarOf } from "../workbench/index.ts";

import { drawBuild, pruneCache } from "./build-operations.ts";
import type { KnownBuild } from "./build-operations.ts";
import type { Dice } from "./dice.ts";
import { isDigest, removeImage, removeName } from "./model.ts";
import type { Model } from "./model.ts";
import { tagAs } from "./operation.ts";
import type { Operation } from "./operation.ts";
import { POPULATION } from "./population.ts";
import { drawPull, drawPush, tagForPush } from "./registry-operations.ts";

const NAMES = Array.from({ length: 8 }, (_, index) => `crash/image:${index}`);

export interface Sources {
  /** Of a registry that holds `REMOTE`. */
  readonly host: string;
  readonly builds: readonly KnownBuild[];
}

/** Draws the next operation; what it may touch depends on what is there. */
export function drawOperation(dice: Dice, model: Model, { host, builds }: Sources): Operation {
  const build = (): Operation => drawBuild(dice, builds, NAMES);
  const pull = (): Operation => drawPull(dice, host);
  const tagRemote = (): Operation => tagForPush(dice, model, host) ?? pull();
  const push = (): Operation => drawPush(dice, model, host) ?? tagRemote();
  if (model.images.size < 3) return dice.pick([load, pull, build])(dice);
  const local = [load, load, load, tag, tag, untag, untag, removeById, prune, pruneAll];
  return dice.pick([...local, build, build, build, build, pruneCache, pull, pull, pull, tagRemote, push, push, push])(dice, model);
}

function load(dice: Dice): Operation {
  const image = dice.pick(POPULATION);
  const tags = dice.chance(0.8) ? [dice.pick(NAMES)] : null;
  const body = tarOf(dockerArchive([{ image, tags }]));
  return {
    what: `load ${image.id.slice(7, 19)} as ${tags?.[0] ?? "nothing"}`,
    call: { method: "POST", path: "/images/load", headers: { "content-type": "application/x-tar" }, body },
    isDone: ({ status, body: lines }) => status === 200 && /Loaded image/.test(JSON.stringify(jsonLines(lines))),
    change: () => [
      (model) => {
        model.images.add(image.id);
        for (const name of tags ?? []) model.names.set(name, image.id);
      },
    ],
  };
}

function tag(dice: Dice, model: Model): Operation {
  return tagAs(dice.pick([...model.images]), dice.pick(NAMES));
}

function untag(dice: Dice, model: Model): Operation {
  const tags = [...model.names.keys()].filter((name) => !isDigest(name));
  const name = dice.pick([...tags, ...NAMES.slice(0, 1)]);
  return {
    what: `untag ${name}`,
    call: { method: "DELETE", path: `/images/${name}` },
    isDone: ({ status }) => status === 200,
    change: () => [(now) => removeName(now, name)],
  };
}

function removeById(dice: Dice, model: Model): Operation {
  const id = dice.pick([...model.images]);
  return {
    what: `remove ${id.slice(7, 19)}`,
    call: { method: "DELETE", path: `/images/${id}?force=1` },
    isDone: ({ status }) => status === 200,
    change: () => [(now) => removeImage(now, id)],
  };
}

function prune(): Operation {
  return {
    what: "prune what has no tag",
    call: { method: "POST", path: "/images/prune" },
    isDone: ({ status }) => status === 200,
    change: () => [
      (model) => {
        const tagged = new Set([...model.names].filter(([name]) => !isDigest(name)).map(([, id]) => id));
        for (const id of model.images) if (!tagged.has(id)) removeImage(model, id);
      },
    ],
  };
}

function pruneAll(dice: Dice): Operation {
  if (dice.chance(0.7)) return prune();
  return {
    what: "prune everything",
    call: { method: "POST", path: `/images/prune?filters=${encodeURIComponent('{"dangling":["false"]}')}` },
    isDone: ({ status }) => status === 200,
    change: () => [
      ({ names, images }) => {
        names.clear();
        images.clear();
      },
    ],
  };
}
