import { invalidArgument } from "#errors";
import { parseGoBoolean } from "../values/booleans.ts";
import { parseCsvLine } from "../values/csv-line.ts";
import { quoteLikeGo } from "../values/go-text.ts";
import { suggestion } from "../values/suggest.ts";

export type MountType = "bind" | "cache" | "tmpfs" | "secret" | "ssh";
export type CacheSharing = "shared" | "private" | "locked";

/** One `--mount`, as given: what is absent has its default where the mount is made. Sizes are bytes. */
export interface RunMount {
  readonly type: MountType;
  readonly from?: string;
  readonly source?: string;
  readonly target?: string;
  readonly isReadOnly: boolean;
  readonly isRequired: boolean;
  readonly id?: string;
  readonly sharing?: CacheSharing;
  readonly size?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** A secret's environment variable. */
  readonly env?: string;
}

type Draft = { -readonly [K in keyof RunMount]: RunMount[K] } & { isReadOnlyGiven: boolean };
type Setter = (draft: Draft, value: string, key: string) => void;

const TYPES: readonly string[] = ["bind", "cache", "tmpfs", "secret", "ssh"] satisfies readonly MountType[];
const SHARING: readonly string[] = ["shared", "private", "locked"] satisfies readonly CacheSharing[];

const SETTERS: ReadonlyMap<string, Setter> = new Map<string, Setter>([
  ["type", setType],
  ["from", (draft, value) => void (draft.from = value)],
  ["source", (draft, value) => void (draft.source = value)],
  ["target", (draft, value) => void (draft.target = value)],
  ["readonly", (draft, value, key) => setReadOnly(draft, toBoolean(key, value))],
  ["id", (draft, value) => void (draft.id = value)],
  ["sharing", setSharing],
  ["required", (draft, value, key) => setRequired(draft, key, () => toBoolean(key, value))],
  ["size", setSize],
  ["mode", (draft, value) => void (draft.mode = toNumber("mode", value, 8))],
  ["uid", (draft, value) => void (draft.uid = toNumber("uid", value, 10))],
  ["gid", (draft, value) => void (draft.gid = toNumber("gid", value, 10))],
  ["src", (draft, value) => void (draft.source = value)],
  ["dst", (draft, value) => void (draft.target = value)],
  ["destination", (draft, value) => void (draft.target = value)],
  ["ro", (draft, value, key) => setReadOnly(draft, toBoolean(key, value))],
  ["rw", (draft, value, key) => setReadOnly(draft, !toBoolean(key, value))],
  ["readwrite", (draft, value, key) => setReadOnly(draft, !toBoolean(key, value))],
  ["env", (draft, value) => void (draft.env = value)],
]);

/** Keys that stand for themselves. */
const SWITCHES: ReadonlyMap<string, (draft: Draft, key: string) => void> = new Map([
  ["readonly", (draft: Draft) => setReadOnly(draft, true)],
  ["ro", (draft: Draft) => setReadOnly(draft, true)],
  ["readwrite", (draft: Draft) => setReadOnly(draft, false)],
  ["rw", (draft: Draft) => setReadOnly(draft, false)],
  ["required", (draft: Draft, key: string) => setRequired(draft, key, () => true)],
]);

/** What can be said of a mount before its variables are known. */
export function checkRunMount(text: string): void {
  for (const field of parseCsvLine(text, "mounts")) {
    const { key, value } = splitField(field);
    if (key === "from" && value !== undefined && /\$./.test(value)) {
      throw invalidArgument(`'from' doesn't support variable expansion, define alias stage instead`);
    }
  }
}

/** What a mount is from and where it goes, before its variables are known: whom it is from holds none. */
export function findMountOrigin(text: string): { readonly from: string; readonly target: string } {
  let from = "";
  let target = "";
  for (const field of parseCsvLine(text, "mounts")) {
    const { key, value = "" } = splitField(field);
    if (key === "from") from = value;
    if (key === "target" || key === "dst" || key === "destination") target = value;
  }
  return { from, target };
}

/** Keys may be given in any case and in any order, but a key that needs a type comes after it. */
export function parseRunMount(text: string, expand: (value: string) => string): RunMount {
  checkRunMount(text);
  const draft: Draft = { type: "bind", isReadOnly: false, isRequired: false, isReadOnlyGiven: false };
  for (const field of parseCsvLine(text, "mounts")) applyField(draft, field, expand);
  const { isReadOnlyGiven, ...mount } = draft;
  checkMount(mount);
  const isWritable = mount.type === "cache" || mount.type === "tmpfs";
  return { ...mount, isReadOnly: isReadOnlyGiven ? mount.isReadOnly : !isWritable };
}

function splitField(field: string): { readonly key: string; readonly value: string | undefined } {
  const equals = field.indexOf("=");
  if (equals === -1) return { key: field.toLowerCase(), value: undefined };
  return { key: field.slice(0, equals).toLowerCase(), value: field.slice(equals + 1) };
}

function applyField(draft: Draft, field: string, expand: (value: string) => string): void {
  const { key, value } = splitField(field);
  if (value === undefined) {
    const turnOn = SWITCHES.get(key);
    if (turnOn === undefined) throw invalidArgument(`invalid field '${field}' must be a key=value pair`);
    return turnOn(draft, key);
  }
  const set = SETTERS.get(key);
  const expanded = expand(value);
  if (set === undefined) throw invalidArgument(`unexpected key '${key}' in '${field}'${suggestion(key, [...SETTERS.keys()], true)}`);
  set(draft, expanded, key);
}

function setType(draft: Draft, value: string): void {
  const type = value.toLowerCase();
  if (!isMountType(type)) throw invalidArgument(`unsupported mount type ${quoteLikeGo(value)}${suggestion(value, TYPES, true)}`);
  draft.type = type;
}

function setSharing(draft: Draft, value: string): void {
  const sharing = value.toLowerCase();
  if (!isSharing(sharing)) throw invalidArgument(`unsupported sharing value ${quoteLikeGo(value)}${suggestion(value, SHARING, true)}`);
  draft.sharing = sharing;
}

function setReadOnly(draft: Draft, isReadOnly: boolean): void {
  draft.isReadOnly = isReadOnly;
  draft.isReadOnlyGiven = true;
}

function setRequired(draft: Draft, key: string, read: () => boolean): void {
  if (draft.type !== "secret" && draft.type !== "ssh") throw unexpectedKey(draft, key);
  draft.isRequired = read();
}

function setSize(draft: Draft, value: string, key: string): void {
  if (draft.type !== "tmpfs") throw unexpectedKey(draft, key);
  draft.size = toBytes(key, value);
}

function unexpectedKey({ type }: Draft, key: string): Error {
  return invalidArgument(`unexpected key '${key}' for mount type '${type}'`);
}

function checkMount(mount: RunMount): void {
  const { type, sharing } = mount;
  if (type === "bind" || type === "tmpfs") {
    const refused = (["mode", "uid", "gid"] as const).find((key) => mount[key] !== undefined);
    if (refused !== undefined) throw invalidArgument(`${refused} not allowed for "${type}" type mounts`);
  }
  if (type === "secret") checkSecret(mount);
  if (sharing !== undefined && type !== "cache") throw invalidArgument(`invalid cache sharing set for ${type} mount`);
}

function checkSecret({ from = "", source = "", target = "", id = "", sharing }: RunMount): void {
  if (from !== "") throw invalidArgument("secret mount should not have a from");
  if (sharing !== undefined) throw invalidArgument("secret mount should not define sharing");
  if (source === "" && target === "" && id === "") throw invalidArgument("invalid secret mount. one of source, target required");
  if (source !== "" && id !== "") throw invalidArgument("both source and id can't be set");
}

function isMountType(text: string): text is MountType {
  return TYPES.includes(text);
}

function isSharing(text: string): text is CacheSharing {
  return SHARING.includes(text);
}

function toBoolean(key: string, value: string): boolean {
  const boolean = parseGoBoolean(value);
  if (boolean !== undefined) return boolean;
  throw invalidArgument(`invalid value for ${key}: ${value}`);
}

function toNumber(key: string, value: string, base: 8 | 10): number {
  const isNumber = (base === 8 ? /^[0-7]+$/ : /^[0-9]+$/).test(value);
  const number = isNumber ? Number.parseInt(value, base) : Number.NaN;
  if (!(number < 2 ** 32)) throw invalidArgument(`invalid value ${value} for ${key}`);
  return number;
}

/** `1.5g`, `64MiB`, `4096`: powers of 1024, as Docker reads memory everywhere. */
function toBytes(key: string, value: string): number {
  const [, number = "", unit = ""] = /^([0-9]+(?:\.[0-9]+)?) ?([kmgtp]?)(?:ib?|b)?$/i.exec(value) ?? [];
  if (number === "") throw invalidArgument(`invalid value for ${key}: ${value}`);
  const exponent = unit === "" ? 0 : "kmgtp".indexOf(unit.toLowerCase()) + 1;
  return Math.trunc(Number(number) * 1024 ** exponent);
}
