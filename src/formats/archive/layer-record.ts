import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { decodeName, encodeName } from "./entry-name.ts";
import { damagedIndex } from "./errors.ts";
import { NO_XATTRS } from "./tar-header.ts";
import type { SparseExtent, TarTime } from "./tar-header.ts";

/** What is known of anything in a layer. */
export interface LayerAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: TarTime;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** Where a file's bytes are in its layer's tar. */
export interface FileData {
  readonly dataOffset: number;
  /** Bytes from `dataOffset` on: the file's own, or those of its extents, back to back. */
  readonly storedSize: number;
  readonly sparse: readonly SparseExtent[] | undefined;
}

/** Anything but a directory. A hard link whose file is not in its own layer names it for the layers below. */
export type LayerLeaf = LayerAttributes &
  (
    | { readonly type: "file"; readonly size: number; readonly data: FileData }
    | { readonly type: "symlink"; readonly linkPath: string }
    | { readonly type: "hardlink"; readonly linkPath: string }
    | { readonly type: "char-device" | "block-device"; readonly devMajor: number; readonly devMinor: number }
    | { readonly type: "fifo" }
  );

export const LEAF_TYPES = ["file", "hardlink", "symlink", "char-device", "block-device", "fifo"] as const;

const HAS_NANOSECONDS = 0x10;
const HAS_XATTRS = 0x20;
const IS_SPARSE = 0x40;
const TYPE_MASK = 0x0f;

/** The first byte holds the type and which optional parts follow. */
export function writeLeaf(writer: ByteWriter, leaf: LayerLeaf): void {
  const isSparse = leaf.type === "file" && leaf.data.sparse !== undefined;
  writer.byte(LEAF_TYPES.indexOf(leaf.type) | attributeFlags(leaf) | (isSparse ? IS_SPARSE : 0));
  writeAttributes(writer, leaf);
  switch (leaf.type) {
    case "file":
      writer.unsigned(leaf.size);
      writer.unsigned(leaf.data.dataOffset);
      if (leaf.data.sparse !== undefined) writeExtents(writer, leaf.data.sparse);
      return;
    case "symlink":
    case "hardlink":
      writer.bytes(encodeName(leaf.linkPath));
      return;
    case "char-device":
    case "block-device":
      writer.unsigned(leaf.devMajor);
      writer.unsigned(leaf.devMinor);
      return;
    case "fifo":
      return;
    default:
      leaf satisfies never;
  }
}

export function readLeaf(reader: ByteReader): LayerLeaf {
  const head = reader.byte();
  const type = LEAF_TYPES[head & TYPE_MASK];
  if (type === undefined) throw damagedIndex("a record has no known type");
  const attributes = readAttributes(reader, head);
  switch (type) {
    case "file":
      return { type, ...attributes, ...readFile(reader, (head & IS_SPARSE) !== 0) };
    case "symlink":
    case "hardlink":
      return { type, ...attributes, linkPath: decodeName(reader.bytes()) };
    case "char-device":
    case "block-device":
      return { type, ...attributes, devMajor: reader.unsigned(), devMinor: reader.unsigned() };
    case "fifo":
      return { type, ...attributes };
    default:
      return type satisfies never;
  }
}

/** A directory's own attributes; those of one that is only implied by its children are left to the layers below. */
export function writeDirectoryAttributes(writer: ByteWriter, attributes: LayerAttributes | undefined): void {
  writer.byte(attributes === undefined ? 0 : 1 | attributeFlags(attributes));
  if (attributes !== undefined) writeAttributes(writer, attributes);
}

export function readDirectoryAttributes(reader: ByteReader): LayerAttributes | undefined {
  const head = reader.byte();
  return head === 0 ? undefined : readAttributes(reader, head);
}

function attributeFlags({ mtime, xattrs }: LayerAttributes): number {
  return (mtime.nanoseconds > 0 ? HAS_NANOSECONDS : 0) | (xattrs.size > 0 ? HAS_XATTRS : 0);
}

function writeAttributes(writer: ByteWriter, { mode, uid, gid, mtime, xattrs }: LayerAttributes): void {
  writer.unsigned(mode);
  writer.unsigned(uid);
  writer.unsigned(gid);
  writer.signed(mtime.seconds);
  if (mtime.nanoseconds > 0) writer.unsigned(mtime.nanoseconds);
  if (xattrs.size === 0) return;
  writer.unsigned(xattrs.size);
  for (const [name, value] of xattrs) {
    writer.bytes(Buffer.from(name));
    writer.bytes(value);
  }
}

function readAttributes(reader: ByteReader, head: number): LayerAttributes {
  const mode = reader.unsigned();
  const uid = reader.unsigned();
  const gid = reader.unsigned();
  const seconds = reader.signed();
  const nanoseconds = (head & HAS_NANOSECONDS) === 0 ? 0 : reader.unsigned();
  const xattrs = (head & HAS_XATTRS) === 0 ? NO_XATTRS : readXattrs(reader);
  return { mode, uid, gid, mtime: { seconds, nanoseconds }, xattrs };
}

function readXattrs(reader: ByteReader): ReadonlyMap<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (let left = reader.unsigned(); left > 0; left--) xattrs.set(reader.bytes().toString("utf8"), reader.bytes());
  return xattrs;
}

/** Each extent as the hole before it and its own length. */
function writeExtents(writer: ByteWriter, extents: readonly SparseExtent[]): void {
  let end = 0;
  writer.unsigned(extents.length);
  for (const { offset, length } of extents) {
    writer.unsigned(offset - end);
    writer.unsigned(length);
    end = offset + length;
  }
}

function readFile(reader: ByteReader, isSparse: boolean): { size: number; data: FileData } {
  const size = reader.unsigned();
  const dataOffset = reader.unsigned();
  if (!isSparse) return { size, data: { dataOffset, storedSize: size, sparse: undefined } };
  const sparse: SparseExtent[] = [];
  let end = 0;
  let storedSize = 0;
  for (let left = reader.unsigned(); left > 0; left--) {
    const offset = end + reader.unsigned();
    const length = reader.unsigned();
    sparse.push({ offset, length });
    storedSize += length;
    end = offset + length;
  }
  return { size, data: { dataOffset, storedSize, sparse } };
}
