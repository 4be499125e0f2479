import { invalidArgument } from "#errors";

const POWERS = ["", "k", "m", "g", "t", "p"];

/**
 * Bytes as options of Docker's log drivers name them: `10m`, `1.5 GB`, `512k`; a thousand to a step.
 *
 * @throws invalid-argument in Docker's words.
 */
export function parseLogSize(text: string): number {
  const [, number = "", suffix = ""] = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+) ?([^0-9. ]*)$/.exec(text) ?? [];
  if (number === "") throw invalidArgument(`invalid size: '${text}'`);
  const [, power] = /^(|[kmgtp](?=b?$|ib$))(?:b|ib)?$/.exec(suffix.toLowerCase()) ?? [];
  if (power === undefined) throw invalidArgument(`invalid suffix: '${suffix.toLowerCase()}'`);
  return Math.trunc(Number(number) * 1000 ** POWERS.indexOf(power));
}
