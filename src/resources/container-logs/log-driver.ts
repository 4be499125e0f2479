import { invalidArgument, notImplemented } from "#errors";
import { logAttributes } from "./log-attributes.ts";
import type { AttributeSources } from "./log-attributes.ts";
import { parseLogSize } from "./log-size.ts";

/** How one container's output is kept. */
export interface LogDriver {
  readonly name: "json-file" | "local" | "none";
  /** Bytes after which the next file begins. */
  readonly maxSize: number;
  /** Of the one that is written and those before it together. */
  readonly maxFiles: number;
  /** What every line says beside its text, sorted by name; `undefined` when nothing was asked for. */
  readonly attributes: Readonly<Record<string, string>> | undefined;
}

/** Docker's own `json-file` knows no bound unless one is given; a disk does. */
const BOUNDS = {
  "json-file": { maxSize: 10_000_000, maxFiles: 3 },
  local: { maxSize: 20_000_000, maxFiles: 5 },
  none: { maxSize: 0, maxFiles: 0 },
};

/** Drivers that send what is said elsewhere. */
const OTHERS: ReadonlySet<string> = new Set(["awslogs", "fluentd", "gcplogs", "gelf", "journald", "splunk", "syslog"]);

const COMMON = ["mode", "max-buffer-size"];
const FILES = ["max-file", "max-size", "compress"];
const OPTIONS = { "json-file": [...COMMON, ...FILES, "labels", "labels-regex", "env", "env-regex", "tag"], local: [...COMMON, ...FILES] };

/**
 * Reads `HostConfig.LogConfig`. `local` is kept as `json-file` is; files that were rotated out stay as they are, whatever
 * `compress` says, since the bounds hold either way; and a file never keeps its writer waiting for a reader, so `mode`
 * makes no difference.
 *
 * @throws invalid-argument in Docker's words, for drivers that Docker lacks too; not-implemented for those that it has.
 */
export function parseLogDriver(
  { type, options }: { readonly type: string; readonly options: Readonly<Record<string, string>> },
  sources: AttributeSources,
): LogDriver {
  const name = type === "" ? "json-file" : type;
  if (OTHERS.has(name))
    throw notImplemented(`the log driver "${name}" is not implemented by slipway: what containers say is kept in files here`);
  if (name !== "json-file" && name !== "local" && name !== "none") {
    throw invalidArgument(`error looking up logging plugin ${name}: plugin ${JSON.stringify(name)} not found`);
  }
  checkMode(options);
  const none: LogDriver = { name, ...BOUNDS[name], attributes: undefined };
  if (name === "none") return none;
  const words = name === "local" ? "log driver local" : "json-file log driver";
  const unknown = Object.keys(options)
    .toSorted()
    .find((option) => !OPTIONS[name].includes(option));
  if (unknown !== undefined) throw invalidArgument(`unknown log opt '${unknown}' for ${words}`);
  return { name, ...boundsOf(name, options), attributes: logAttributes(options, sources) };
}

function checkMode({ mode = "", "max-buffer-size": buffer }: Readonly<Record<string, string>>): void {
  if (mode !== "" && mode !== "blocking" && mode !== "non-blocking") throw invalidArgument(`logger: logging mode not supported: ${mode}`);
  if (buffer === undefined) return;
  if (mode !== "non-blocking") throw invalidArgument("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  attempt("error parsing option max-buffer-size: ", () => parseLogSize(buffer));
}

function boundsOf(name: "json-file" | "local", options: Readonly<Record<string, string>>): Pick<LogDriver, "maxSize" | "maxFiles"> {
  const { "max-size": size, "max-file": files, compress } = options;
  const bounds = { ...BOUNDS[name] };
  if (size !== undefined) {
    bounds.maxSize = attempt(name === "local" ? `invalid value for max-size: ${size}: ` : "", () => parseLogSize(size));
    // With a size alone there is one file, which begins anew when it is full.
    if (name === "json-file") bounds.maxFiles = 1;
  }
  if (bounds.maxSize === 0 && name === "json-file") throw invalidArgument("max-size must be a positive number");
  if (bounds.maxSize === 0) bounds.maxSize = BOUNDS[name].maxSize;
  if (files !== undefined) bounds.maxFiles = parseCount(files, name);
  const compresses = parseSwitch(compress, name);
  if (name === "local" && bounds.maxFiles < 2 && compresses !== false) {
    throw invalidArgument("compression cannot be enabled when max file count is 1");
  }
  if (bounds.maxFiles < 1) throw invalidArgument("max-file cannot be less than 1");
  if (name === "json-file" && compresses === true && (bounds.maxFiles < 2 || size === undefined)) {
    throw invalidArgument("compress cannot be true when max-file is less than 2 or max-size is not set");
  }
  return bounds;
}

function parseCount(text: string, name: "json-file" | "local"): number {
  if (/^[+-]?[0-9]{1,9}$/.test(text)) return Number(text);
  const words = name === "local" ? `invalid value for max-file: ${text}: ` : "";
  throw invalidArgument(`${words}strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function parseSwitch(text: string | undefined, name: "json-file" | "local"): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
  const words = name === "local" ? "error reading compress log option: " : "";
  throw invalidArgument(`${words}strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function attempt<T>(words: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalidArgument(`${words}${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
