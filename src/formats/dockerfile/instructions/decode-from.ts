import { invalidArgument } from "#errors";
import type { PlacedStatement } from "../syntax/statement.ts";
import { quoteLikeGo } from "../values/go-text.ts";
import { toDescriptions } from "./decode-settings.ts";
import { parseFlags } from "./flags.ts";
import type { FromInstruction, Placed } from "./instruction.ts";

const STAGE_NAME = /^[a-z][a-z0-9\-_.]*$/;

export function decodeFrom({ args, flags, comments }: PlacedStatement): Omit<FromInstruction, keyof Placed | "keyword"> {
  const [image = "", as, name] = args;
  if (args.length !== 1 && !(args.length === 3 && as?.toLowerCase() === "as")) {
    throw invalidArgument("FROM requires either one or three arguments");
  }
  const stageName = name === undefined ? undefined : toStageName(name);
  const platform = parseFlags(flags, { platform: "text" }).find("platform");
  const description = toDescriptions(comments).get(stageName ?? "");
  return {
    image,
    ...(stageName !== undefined && { stageName }),
    ...(platform !== undefined && { platform }),
    ...(description !== undefined && { description }),
    comments,
  };
}

function toStageName(name: string): string {
  const lower = name.toLowerCase();
  if (STAGE_NAME.test(lower)) return lower;
  throw invalidArgument(`invalid name for build stage: ${quoteLikeGo(name)}, name can't start with a number or contain symbols`);
}
