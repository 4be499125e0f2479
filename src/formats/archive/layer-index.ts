import { crc32 } from "node:zlib";
import { ByteReader } from "./byte-reader.ts";
import { decodeName } from "./entry-name.ts";
import { damagedIndex } from "./errors.ts";
import { readDirectoryAttributes, readLeaf } from "./layer-record.ts";
import type { LayerAttributes, LayerLeaf } from "./layer-record.ts";
import { CHILD } from "./layer-tree.ts";

/*
 * Version 1. All numbers little-endian.
 *
 *   0  8  "slipidx" and the version byte
 *   8  4  CRC-32 of everything behind this field
 *  12  4  offset of the root directory, highest bit: the root is opaque
 *  16  8  tar entries (float64)
 *  24  8  bytes of the tar (float64)
 *  32     records of files, then directories, each behind those in it; `layer-record.ts` says how they look
 *
 * A directory is its attributes, a count, and the names in it in order, each with a kind and, but for whiteouts,
 * the offset of what it names. Offsets are below 2^31.
 */
const MAGIC = Buffer.from("slipidx\u0001", "latin1");
const OPAQUE_BIT = 0x80000000;

export const INDEX_HEADER_SIZE = 32;

export interface IndexFacts {
  readonly root: number;
  readonly isOpaque: boolean;
  readonly entries: number;
  readonly size: number;
}

/** A directory as one layer has it. */
export interface IndexDirectory {
  /** Undefined when the layer only implies it. */
  readonly attributes: LayerAttributes | undefined;
  /** In the order of their names. */
  readonly children: readonly IndexChild[];
}

export type IndexChild =
  | { readonly kind: "leaf"; readonly name: string; readonly at: number }
  | {
      readonly kind: "directory";
      readonly name: string;
      readonly at: number;
      /** What does not show through of a directory of that name in the layers below. */
      readonly hides: "nothing" | "children" | "all";
    }
  | { readonly kind: "whiteout"; readonly name: string };

/** Fills in the header in front of the records and gives a copy of the whole. */
export function sealIndex(bytes: Uint8Array, facts: IndexFacts): Uint8Array<ArrayBuffer> {
  const index = Uint8Array.from(bytes);
  const view = new DataView(index.buffer);
  index.set(MAGIC, 0);
  view.setUint32(12, (facts.root | (facts.isOpaque ? OPAQUE_BIT : 0)) >>> 0, true);
  view.setFloat64(16, facts.entries, true);
  view.setFloat64(24, facts.size, true);
  view.setUint32(8, crc32(index.subarray(12)), true);
  return index;
}

/** A layer's entry index, checked as a whole when it is opened and decoded where it is looked at. */
export class LayerIndex {
  readonly entries: number;
  /** Bytes of the layer's tar. */
  readonly size: number;
  /** Offset of the root directory. */
  readonly root: number;
  /** Nothing in the layers below shows through. */
  readonly isOpaque: boolean;
  readonly #buffer: Buffer;

  private constructor(buffer: Buffer) {
    this.#buffer = buffer;
    const root = buffer.readUInt32LE(12);
    this.root = root & ~OPAQUE_BIT;
    this.isOpaque = root >= OPAQUE_BIT;
    this.entries = buffer.readDoubleLE(16);
    this.size = buffer.readDoubleLE(24);
  }

  /**
   * Keeps `bytes`, which must not change.
   *
   * @throws data-loss for bytes that are not an index of this version, whole and unchanged: scan the layer again.
   */
  static open(bytes: Uint8Array): LayerIndex {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (buffer.length < INDEX_HEADER_SIZE) throw damagedIndex("it is cut off");
    if (!buffer.subarray(0, MAGIC.length).equals(MAGIC)) throw damagedIndex("it is of another version, expected 1");
    if (buffer.readUInt32LE(8) !== crc32(buffer.subarray(12))) throw damagedIndex("its checksum does not hold");
    return new LayerIndex(buffer);
  }

  leaf(at: number): LayerLeaf {
    return readLeaf(new ByteReader(this.#buffer, at));
  }

  /** Only the attributes, for whoever needs no names. */
  directoryAttributes(at: number): LayerAttributes | undefined {
    return readDirectoryAttributes(new ByteReader(this.#buffer, at));
  }

  directory(at: number): IndexDirectory {
    const reader = new ByteReader(this.#buffer, at);
    const attributes = readDirectoryAttributes(reader);
    const children: IndexChild[] = [];
    for (let left = reader.unsigned(); left > 0; left--) children.push(readChild(reader));
    return { attributes, children };
  }
}

function readChild(reader: ByteReader): IndexChild {
  const name = decodeName(reader.bytes());
  const kind = reader.byte();
  switch (kind) {
    case CHILD.leaf:
      return { kind: "leaf", name, at: reader.unsigned() };
    case CHILD.directory:
      return { kind: "directory", name, at: reader.unsigned(), hides: "nothing" };
    case CHILD.opaqueDirectory:
      return { kind: "directory", name, at: reader.unsigned(), hides: "children" };
    case CHILD.replacedDirectory:
      return { kind: "directory", name, at: reader.unsigned(), hides: "all" };
    case CHILD.whiteout:
      return { kind: "whiteout", name };
    default:
      throw damagedIndex("a directory names something of no known kind");
  }
}
