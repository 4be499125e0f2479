import { invalidArgument } from "#errors";
import type { PlacedStatement } from "../syntax/statement.ts";
import { quoteLikeGo } from "../values/go-text.ts";
import { toCommandLine } from "./decode-settings.ts";
import { parseFlags } from "./flags.ts";
import type { Placed, RunDevice, RunInstruction } from "./instruction.ts";
import { checkRunMount, parseFields } from "./run-mount.ts";

const FLAGS = { mount: "list", network: "text", security: "text", device: "list" } as const;

export function decodeRun({ args, flags, isJson, heredocs }: PlacedStatement): Omit<RunInstruction, keyof Placed | "keyword"> {
  const options = parseFlags(flags, FLAGS);
  const mounts = options.list("mount");
  for (const mount of mounts) checkRunMount(mount);
  return {
    command: toCommandLine(args, isJson),
    heredocs,
    mounts,
    network: toNetwork(options.find("network") ?? "default"),
    security: toSecurity(options.find("security") ?? "sandbox"),
    devices: options.list("device").map(toDevice),
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

function toDevice(text: string): RunDevice {
  let name = "";
  let isRequired = false;
  for (const field of parseFields(text, "devices")) {
    const [key, value] = splitField(field);
    if (key === "required") isRequired = toBoolean(field, value ?? "true");
    else if (key === "name" && value !== undefined) name = value;
    else if (value === undefined && name === "") name = field;
    else throw invalidArgument(`unexpected key '${key}' in '${field}'`);
  }
  return { name, isRequired };
}

function splitField(field: string): [key: string, value: string | undefined] {
  const equals = field.indexOf("=");
  // A device is named `vendor/class=name`: an equals sign behind a slash belongs to the name.
  if (equals === -1 || field.slice(0, equals).includes("/")) return [field, undefined];
  return [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
}

function toBoolean(field: string, value: string): boolean {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw invalidArgument(`invalid value for required: ${value} in '${field}'`);
}
