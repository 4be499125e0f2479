import type { BuildRequest } from "#engine";
import { internal, invalidArgument } from "#errors";
import { parseList } from "#wire";
import type { Call } from "../http/call.ts";

type Sandbox = NonNullable<BuildRequest["sandbox"]>;
type Ulimit = NonNullable<Sandbox["ulimits"]>[number];

const MAX_NUMBER = 2n ** 63n - 1n;

/** What the query says of the surroundings of every RUN. Numbers that are none are zero, but for `shmsize`: as Docker. */
export function readSandbox({ parameters }: Call): Sandbox {
  const number = (name: string): number | undefined => lenientNumber(parameters.text(name));
  const text = (name: string): string | undefined => parameters.text(name) || undefined;
  const shmSize = strictNumber(parameters.text("shmsize"));
  checkIsolation(parameters.text("isolation"));
  const cgroupParent = text("cgroupparent");
  const hosts = parameters.list("extrahosts");
  const ulimits = parameters.text("ulimits") === "" ? [] : parseUlimits(parameters.text("ulimits"));
  return {
    limits: {
      memory: number("memory"),
      memorySwap: number("memswap"),
      cpuShares: number("cpushares"),
      cpuPeriod: number("cpuperiod"),
      cpuQuota: number("cpuquota"),
      cpusetCpus: text("cpusetcpus"),
      cpusetMems: text("cpusetmems"),
    },
    ...(hosts.length > 0 && { extraHosts: hosts.flatMap((list) => list.split(",")).map(parseHost) }),
    ...(ulimits.length > 0 && { ulimits }),
    ...(shmSize !== 0 && { shmSize }),
    ...(cgroupParent !== undefined && { cgroupParent }),
  };
}

/** @throws invalid-argument for networks that only containers can be in. */
export function readNetwork({ parameters }: Call): NonNullable<BuildRequest["network"]> {
  const mode = parameters.text("networkmode");
  if (mode === "" || mode === "default" || mode === "bridge") return "default";
  if (mode === "host" || mode === "none") return mode;
  throw invalidArgument(`network mode ${JSON.stringify(mode)} not supported by slipway: expected default, none or host`);
}

function lenientNumber(text: string): number | undefined {
  const value = /^[+-]?[0-9]{1,19}$/.test(text) ? Number(text) : 0;
  return value === 0 ? undefined : value;
}

function strictNumber(text: string): number {
  if (text === "") return 0;
  const quoted = JSON.stringify(text);
  if (!/^[+-]?[0-9]+$/.test(text)) throw internal(`strconv.ParseInt: parsing ${quoted}: invalid syntax`);
  if (BigInt(text) > MAX_NUMBER) throw internal(`strconv.ParseInt: parsing ${quoted}: value out of range`);
  return Number(text);
}

function parseHost(text: string): { host: string; ip: string } {
  const at = text.search(/[:=]/);
  const host = text.slice(0, at);
  const ip = text.slice(at + 1).replace(/^\[(.*)\]$/, "$1");
  if (at <= 0) throw invalidArgument(`bad format for add-host: ${JSON.stringify(text)}`);
  return { host, ip };
}

function checkIsolation(isolation: string): void {
  if (!["", "default"].includes(isolation.toLowerCase())) throw invalidArgument(`unsupported isolation: ${JSON.stringify(isolation)}`);
}

/** `[{"Name", "Soft", "Hard"}]`. */
function parseUlimits(text: string): Ulimit[] {
  const prefix = "error reading ulimit settings";
  return parseList(text, prefix, "*units.Ulimit").map((item: unknown) => {
    const { Name: name, Soft: soft = 0, Hard: hard = 0 } = (item ?? {}) as Record<string, unknown>;
    if (typeof name !== "string" || !isWhole(soft) || !isWhole(hard)) {
      throw invalidArgument(`${prefix}: expected {"Name": "nofile", "Soft": 1024, "Hard": 2048}, got ${JSON.stringify(item)}`);
    }
    return { name: name.toLowerCase().replace(/^rlimit_/, ""), soft, hard };
  });
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
