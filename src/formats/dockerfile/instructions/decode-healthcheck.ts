import { invalidArgument } from "#errors";
import type { Healthcheck } from "#oci";
import type { Statement } from "../syntax/statement.ts";
import { parseDuration } from "../values/duration.ts";
import { quoteLikeGo } from "../values/go-text.ts";
import { atLeastOne } from "./arity.ts";
import { parseFlags } from "./flags.ts";
import type { Flags } from "./flags.ts";

const FLAGS = { interval: "text", timeout: "text", "start-period": "text", "start-interval": "text", retries: "text" } as const;
type Interval = Exclude<keyof typeof FLAGS, "retries">;

const MIN_NANOSECONDS = 1_000_000;
const MAX_INT32 = 2 ** 31 - 1;

/** Durations in nanoseconds; what is zero or not given is absent. `NONE` does not look at flags. */
export function decodeHealthcheck({ args, flags, isJson }: Statement): Healthcheck {
  const [word, ...command] = args;
  if (word === undefined) throw atLeastOne("HEALTHCHECK");
  const type = word.toUpperCase();
  if (type === "NONE") {
    if (command.length > 0) throw invalidArgument("HEALTHCHECK NONE takes no arguments");
    return { Test: [type] };
  }
  const options = parseFlags(flags, FLAGS);
  if (type !== "CMD") throw invalidArgument(`Unknown type ${quoteLikeGo(type)} in HEALTHCHECK (try CMD)`);
  if (command.length === 0) throw invalidArgument("Missing command after HEALTHCHECK CMD");
  return {
    Test: [isJson ? "CMD" : "CMD-SHELL", ...command],
    ...nonZero("Interval", parseInterval(options, "interval")),
    ...nonZero("Timeout", parseInterval(options, "timeout")),
    ...nonZero("StartPeriod", parseInterval(options, "start-period")),
    ...nonZero("StartInterval", parseInterval(options, "start-interval")),
    ...nonZero("Retries", parseRetries(options.find("retries") ?? "")),
  };
}

function parseInterval(options: Flags<keyof typeof FLAGS>, name: Interval): number {
  const text = options.find(name) ?? "";
  const nanoseconds = text === "" ? 0 : parseDuration(text);
  if (nanoseconds !== 0 && nanoseconds < MIN_NANOSECONDS) throw invalidArgument(`Interval "${name}" cannot be less than 1ms`);
  return nanoseconds;
}

function parseRetries(text: string): number {
  if (text === "") return 0;
  const refuse = (reason: string) => invalidArgument(`strconv.ParseInt: parsing ${quoteLikeGo(text)}: ${reason}`);
  if (!/^[+-]?[0-9]+$/.test(text)) throw refuse("invalid syntax");
  const retries = Number(text);
  if (retries > MAX_INT32 || retries < -MAX_INT32 - 1) throw refuse("value out of range");
  if (retries < 0) throw invalidArgument(`--retries cannot be negative (${retries})`);
  return retries;
}

function nonZero<K extends keyof Healthcheck>(key: K, value: number): { readonly [P in K]?: number } {
  return value === 0 ? {} : ({ [key]: value } as { readonly [P in K]?: number });
}
