import { invalidArgument } from "#errors";
import { parseHeredocWord, stripTabs } from "../syntax/heredoc.ts";
import type { PlacedStatement } from "../syntax/statement.ts";
import { quoteLikeGo } from "../values/go-text.ts";
import type { WorkBudget } from "../values/work-budget.ts";
import { toCommandLine } from "./decode-settings.ts";
import { parseFlags } from "./flags.ts";
import type { Placed, RunInstruction } from "./instruction.ts";
import { parseRunDevice } from "./run-device.ts";
import { checkRunMount } from "./run-mount.ts";

const FLAGS = { mount: "list", network: "text", security: "text", device: "list" } as const;

export function decodeRun(
  { args, flags, isJson, heredocs }: PlacedStatement,
  budget: WorkBudget,
): Omit<RunInstruction, keyof Placed | "keyword"> {
  const options = parseFlags(flags, FLAGS);
  const mounts = options.list("mount");
  for (const mount of mounts) checkRunMount(mount);
  const [script] = heredocs;
  const isScript = script !== undefined && heredocs.length === 1 && parseHeredocWord(args[0] ?? "", budget) !== undefined;
  return {
    command: toCommandLine(args, isJson),
    heredocs,
    ...(isScript && { script: script.stripsTabs ? stripTabs(script.body) : script.body }),
    mounts,
    network: toNetwork(options.find("network") ?? "default"),
    security: toSecurity(options.find("security") ?? "sandbox"),
    devices: options.list("device").map(parseRunDevice),
    flags: options.used,
  };
}

function toNetwork(text: string): RunInstruction["network"] {
  if (text === "default" || text === "none" || text === "host") return text;
  throw invalidArgument(`invalid network mode ${quoteLikeGo(text)}`);
}

function toSecurity(text: string): RunInstruction["security"] {
  if (text === "sandbox" || text === "insecure") return text;
  throw invalidArgument(`security ${quoteLikeGo(text)} is not valid`);
}
