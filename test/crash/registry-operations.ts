import type { Answer } from "../workbench/index.ts";

import type { Dice } from "./dice.ts";
import { isDigest } from "./model.ts";
import type { Change, Model } from "./model.ts";
import { tagAs } from "./operation.ts";
import type { Operation } from "./operation.ts";
import { MOVING, putManifest, REMOTE } from "./remote.ts";
import type { RemoteImage } from "./remote.ts";

const PUSHED = "pushed/app";

/** One of the registry's images, or the tag that moves, which this pull moves itself: another one may at the same time. */
export function drawPull(dice: Dice, host: string): Operation {
  if (dice.chance(0.5)) return pullOf(host, "moving", MOVING, dice.pick(MOVING));
  const index = Math.floor(dice.next() * REMOTE.length);
  return pullOf(host, String(index), REMOTE.slice(index, index + 1));
}

function pullOf(host: string, tag: string, possible: readonly RemoteImage[], moveTo?: RemoteImage): Operation {
  const repository = `${host}/crash/remote`;
  return {
    what: `pull ${repository}:${tag}`,
    ...(moveTo !== undefined && { prepare: () => putManifest(`http://${host}`, moveTo, tag) }),
    call: { method: "POST", path: `/images/create?fromImage=${repository}&tag=${tag}` },
    isDone: isWhole,
    // Nothing that others do at the same time is a reason to fail.
    isBroken: (answer) => !isWhole(answer),
    change: (answer) => possible.filter(({ digest }) => answer === undefined || says(answer, `Digest: ${digest}`)).map(pulled),
  };

  function pulled({ image, digest }: RemoteImage): Change[number] {
    return ({ images, names }) => {
      images.add(image.id);
      names.set(`${repository}:${tag}`, image.id);
      names.set(`${repository}@${digest}`, image.id);
    };
  }
}

/** Names a pulled image for a push, if there is one. */
export function tagForPush(dice: Dice, model: Model, host: string): Operation | undefined {
  const here = REMOTE.filter(({ image }) => model.images.has(image.id));
  return here.length === 0 ? undefined : tagAs(dice.pick(here).image.id, `${host}/${PUSHED}:${dice.next() < 0.5 ? "a" : "b"}`);
}

/** Sends a pulled image back under its new name, if one has such a name. */
export function drawPush(dice: Dice, model: Model, host: string): Operation | undefined {
  const repository = `${host}/${PUSHED}`;
  const tags = [...model.names.keys()].filter((name) => name.startsWith(`${repository}:`) && !isDigest(name));
  if (tags.length === 0) return undefined;
  const name = dice.pick(tags);
  return {
    what: `push ${name}`,
    call: { method: "POST", path: `/images/${repository}/push?tag=${name.slice(name.lastIndexOf(":") + 1)}` },
    isDone: isWhole,
    isBroken: (answer) => !isWhole(answer) && !says(answer, "does not exist"),
    change: (answer) =>
      REMOTE.filter((remote) => answer === undefined || isPushOf(answer, remote)).map(({ image, digest }) => pushed(image.id, digest)),
  };

  /** A tag that was removed meanwhile does not stop it. */
  function pushed(id: string, digest: string): Change[number] {
    return ({ images, names }) => {
      if (images.has(id)) names.set(`${repository}@${digest}`, id);
    };
  }
}

/** The images that an answered push has put into the registry. */
export function pushedBy({ what }: Operation, answer: Answer): { readonly repository: string; readonly remotes: readonly RemoteImage[] } {
  const remotes = what.startsWith("push ") && isWhole(answer) ? REMOTE.filter((remote) => isPushOf(answer, remote)) : [];
  return { repository: PUSHED, remotes };
}

function isPushOf(answer: Answer, { digest }: RemoteImage): boolean {
  return says(answer, `digest: ${digest} size:`);
}

/** Failures come in the stream, behind status 200. */
function isWhole(answer: Answer): boolean {
  return answer.status === 200 && !says(answer, "errorDetail");
}

function says({ body }: Answer, words: string): boolean {
  return body.includes(words);
}
