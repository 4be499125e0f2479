import { createHash } from "node:crypto";

/** What a layer says of one path. Owner is `uid:gid`, mode is octal. */
export interface LayerEntry {
  readonly type: string;
  readonly mode: string;
  readonly owner: string;
  /** Seconds and what is below them, as the layer has it. */
  readonly mtime: string;
  readonly size?: number;
  readonly digest?: string;
  readonly link?: string;
  readonly device?: string;
  readonly xattrs?: Readonly<Record<string, string>>;
}

const BLOCK = 512;
const XATTR = "SCHILY.xattr.";
const TYPES: Readonly<Record<string, string>> = {
  "0": "file",
  "\0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "char-device",
  "4": "block-device",
  "5": "directory",
  "6": "fifo",
};

/** Reads a plain layer, apart from the house's own reader so that its faults show: USTAR with PAX records and GNU's long names. */
export function layerEntries(tar: Buffer): Record<string, LayerEntry> {
  const entries: Record<string, LayerEntry> = {};
  let records = new Map<string, string>();
  for (let at = 0; at + BLOCK <= tar.length;) {
    const block = tar.subarray(at, at + BLOCK);
    // Go leaves of a name what is ASCII, which may be nothing.
    if (block.every((byte) => byte === 0)) break;
    const flag = String.fromCharCode(block[156] ?? 0);
    const size = Number(records.get("size") ?? octal(block, 124, 12));
    const payload = tar.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (flag === "x") records = new Map([...records, ...paxRecords(payload)]);
    else if (flag === "L" || flag === "K") records.set(flag === "L" ? "path" : "linkpath", text(payload));
    else {
      const path = (records.get("path") ?? nameOf(block)).replace(/^\.?\/|\/$/g, "");
      if (Object.hasOwn(entries, path)) throw new Error(`a layer has ${path} twice`);
      entries[path] = entryOf(block, flag, payload, records);
      records = new Map();
    }
  }
  return entries;
}

function entryOf(block: Buffer, flag: string, payload: Buffer, records: ReadonlyMap<string, string>): LayerEntry {
  const type = TYPES[flag] ?? `type ${flag}`;
  const xattrs = [...records].filter(([key]) => key.startsWith(XATTR));
  const link = records.get("linkpath") ?? text(block.subarray(157, 257));
  return {
    type,
    mode: (octal(block, 100, 8) & 0o7777).toString(8),
    owner: `${records.get("uid") ?? octal(block, 108, 8)}:${records.get("gid") ?? octal(block, 116, 8)}`,
    mtime: records.get("mtime") ?? String(octal(block, 136, 12)),
    ...(type === "file" && { size: payload.length, digest: createHash("sha256").update(payload).digest("hex") }),
    ...((type === "symlink" || type === "hardlink") && { link }),
    ...(type.endsWith("device") && { device: `${octal(block, 329, 8)}:${octal(block, 337, 8)}` }),
    ...(xattrs.length > 0 && {
      xattrs: Object.fromEntries(xattrs.map(([key, value]) => [key.slice(XATTR.length), Buffer.from(value, "latin1").toString("hex")])),
    }),
  };
}

/** Names and links are UTF-8; what xattrs hold is bytes, kept as latin-1. */
function paxRecords(payload: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < payload.length;) {
    const blank = payload.indexOf(" ", at);
    const end = at + Number(payload.toString("latin1", at, blank));
    const equals = payload.indexOf("=", blank);
    const key = payload.toString("utf8", blank + 1, equals);
    records.set(key, payload.toString(key.startsWith(XATTR) ? "latin1" : "utf8", equals + 1, end - 1));
    at = end;
  }
  return records;
}

function nameOf(block: Buffer): string {
  const isUstar = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isUstar ? text(block.subarray(345, 500)) : "";
  const name = text(block.subarray(0, 100));
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Octal digits, or GNU's big-endian number where the first bit is set. */
function octal(block: Buffer, at: number, width: number): number {
  if (((block[at] ?? 0) & 0x80) !== 0) return Number(block.readBigUInt64BE(at + width - 8));
  return Number.parseInt(text(block.subarray(at, at + width)).trim() || "0", 8);
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end === -1 ? bytes.length : end).toString();
}
