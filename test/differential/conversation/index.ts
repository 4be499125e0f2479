/**
 * One conversation with an engine: every endpoint of images, said well and badly, in an order in which each
 * step finds the images that it speaks of. Begins with an empty store and leaves an empty store.
 */
import { listing } from "./listing.ts";
import { lateLoads, loads, refusals } from "./loading.ts";
import { looking, lookingLate } from "./looking.ts";
import { accounting, importing, moves, pruning, saving, savingLate, telling } from "./moving.ts";
import { removing, tagging } from "./naming.ts";
import { transport } from "./transport.ts";
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
