/**
 * One conversation with an engine: every endpoint of images, said well and badly, in an order in which each
 * step finds the images that it speaks of. Begins with an empty store and leaves an empty store.
 */
import { asking } from "./asking-registries.ts";
import { listing } from "./listing.ts";
import { lateLoads, loads, refusals } from "./loading.ts";
import { looking, lookingLate } from "./looking.ts";
import { accounting, importing, moves, pruning, saving, savingLate, telling } from "./moving.ts";
import { removing, tagging } from "./naming.ts";
import { pulledEvents, pullFailures, pulling, pullingAgain, pullingPlatforms } from "./pulling.ts";
import { pushedAway, pushing, pushingAgain } from "./pushing.ts";
import { transport } from "./transport.ts";
import { get } from "../step.ts";
import type { Step } from "../step.ts";

export const conversation: readonly Step[] = [
  ...transport,
  ...refusals,
  ...loads,
  ...listing,
  ...accounting,
  ...looking,
  ...saving,
  ...lateLoads,
  ...lookingLate,
  ...savingLate,
  ...tagging,
  ...removing,
  ...importing,
  ...pruning,
  ...moves,
  ...telling,
];

/**
 * Another one, about registries: what is pulled from them, pushed to them and asked of them. What makes the engine wait
 * before it tries again is said at one version only.
 */
export function registryConversation(isPatient: boolean): readonly Step[] {
  return [
    ...asking,
    ...pulling,
    ...pulledEvents,
    ...pullingPlatforms,
    ...pullFailures,
    ...(isPatient ? pullingAgain : []),
    ...pushing,
    ...(isPatient ? pushingAgain : []),
    ...pushedAway,
    get("gone: everything", "/images/json", { all: "1" }),
  ];
}
