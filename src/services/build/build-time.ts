import { quoteLikeGo } from "#dockerfile";
import type { BuildArgs } from "#dockerfile";
import { invalidArgument } from "#errors";

/** When what a build makes is made; RFC 3339. */
export interface BuildTime {
  readonly created: string;
  /** What everything of the build is dated, whenever it was made: SOURCE_DATE_EPOCH. */
  readonly epoch?: string | undefined;
}

/** Unix seconds that a date of four digits can say. */
const FIRST_SECOND = -62_167_219_200;
const LAST_SECOND = 253_402_300_799;

/** @throws invalid-argument when SOURCE_DATE_EPOCH is given and no time. Empty is not given. */
export function timeOfBuild(buildArgs: BuildArgs, now: Date): BuildTime {
  const given = buildArgs.get("SOURCE_DATE_EPOCH") ?? "";
  if (given === "") return { created: now.toISOString() };
  const refuse = (reason: string) => invalidArgument(`invalid SOURCE_DATE_EPOCH: ${given}: ${reason}`);
  if (!/^[+-]?[0-9]+$/.test(given)) throw refuse(`strconv.ParseInt: parsing ${quoteLikeGo(given)}: invalid syntax`);
  const seconds = Number(given);
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) throw refuse("year outside of range [0,9999]");
  const epoch = new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
  return { created: epoch, epoch };
}
