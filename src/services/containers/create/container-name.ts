import { randomInt } from "node:crypto";
import type { ContainerSet } from "../container-set.ts";
import { invalidName } from "../errors.ts";

const NAME = /^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const ATTEMPTS = 20;

/** A name as it is kept: without its slash. @throws invalid-argument. */
export function parseContainerName(words: string): string {
  if (!NAME.test(words)) throw invalidName(words);
  return words.replace(/^\//, "");
}

/** A name that nobody has, of two words; after too many that somebody has, the ID's beginning. */
export function inventName(containers: ContainerSet, id: string): string {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const name = `${pick(ADJECTIVES)}_${pick(NAMES)}${attempt < 6 ? "" : randomInt(10)}`;
    if (!containers.isNameTaken(name)) return name;
  }
  return id.slice(0, 12);
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? "";
}

const ADJECTIVES = (
  "airy amber ample apt awake balmy bold brave breezy bright brisk calm candid cheery clear clever crisp curious daring dapper deft " +
  "eager early earnest easy fair fearless fleet fond fresh gallant gentle glad golden graceful hale handy hardy hearty honest hopeful " +
  "jaunty jolly jovial keen kind lively lucid lucky lunar mellow merry mighty mild modest neat nifty nimble noble patient placid plucky " +
  "polite prompt proud quick quiet ready regal rosy rugged sage salty serene sharp shiny silver smooth snappy snug solar sound spry " +
  "stable stately steady stout sturdy sunny sure swift tidal tidy trim true trusty upbeat vivid warm wise witty zesty"
).split(" ");

/** Of people who went to sea, charted it, studied it, or made going there safer. */
const NAMES = (
  "amundsen andree armitage bach balboa baret barents beaufort bering bougainville bowditch brendan cabot cabral cartier celsius champlain " +
  "cook cousteau dampier darwin davis dezhnev diaz drake dufour earle elcano eriksson fitzroy flinders franklin fresnel frobisher gama " +
  "gerlache hakluyt halley harrison heyerdahl hudson humboldt jansson kotzebue laperouse lightoller linnaeus magellan maury " +
  "mercator nansen nordenskiold piri polo ptolemy pytheas raleigh rasmussen ross sarmiento scoresby scott shackleton slocum " +
  "stevenson sverdrup tasman tharp torres tupaia vancouver vespucci villiers wegener weddell zhenghe"
).split(" ");
