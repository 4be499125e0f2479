import { invalidArgument, isEngineError } from "#errors";
import { ByteWriter } from "./byte-writer.ts";
import { cleanEntryPath, encodeName } from "./entry-name.ts";
import { invalidTarHeader, limitExceeded } from "./errors.ts";
import { INDEX_HEADER_SIZE, sealIndex } from "./layer-index.ts";
import type { LayerAttributes, LayerLeaf } from "./layer-record.ts";
import { AUFS_PREFIX, baseName, dirName, LayerTree } from "./layer-tree.ts";
import { DEFAULT_TAR_LIMITS } from "./tar-header.ts";
import type { TarHeader, TarLimits, TarTime } from "./tar-header.ts";
import { TarParser } from "./tar-parser.ts";

export interface LayerScanLimits extends TarLimits {
  /** Of one path component; what every file system of Linux allows. */
  readonly maxNameBytes: number;
  readonly maxIndexBytes: number;
  /** Whether names of whiteouts are taken as such; not in a tar that is no layer. */
  readonly hidesByName: boolean;
}

export const DEFAULT_LAYER_SCAN_LIMITS: LayerScanLimits = {
  ...DEFAULT_TAR_LIMITS,
  maxNameBytes: 255,
  maxIndexBytes: 1024 ** 3,
  hidesByName: true,
};

export interface ScannedLayer {
  /** The encoded entry index, read by `LayerIndex.open`. The same tar always gives the same bytes. */
  readonly index: Uint8Array<ArrayBuffer>;
  /** Entries in the tar, including whiteouts and those that later ones replace. */
  readonly entries: number;
  /** Bytes of the tar to its very end. */
  readonly size: number;
  /** Bytes of the files' contents and of the symlinks' targets: how large Docker says the layer is. */
  readonly unpackedSize: number;
}

const WHITEOUT_PREFIX = ".wh.";
const OPAQUE_NAME = ".wh..wh..opq";

const MAX_SECONDS = 8.64e12;

/** Attributes that would forge whiteouts and redirects on the overlay that a layer is unpacked to. */
const OVERLAY_XATTR = /^(?:trusted|user)\.overlay\./;

/**
 * Makes the index of a layer while its tar is pushed. Of entries with one path the last counts; whiteouts speak
 * of the layers below only, in whatever order they come.
 *
 * @throws invalid-argument, in Docker's words, for what could not be unpacked below one root.
 */
export class LayerScanner {
  readonly #limits: LayerScanLimits;
  readonly #writer = new ByteWriter();
  readonly #tree: LayerTree;
  readonly #parser: TarParser;
  #unpackedSize = 0;

  constructor(limits: Partial<LayerScanLimits> = {}) {
    this.#limits = { ...DEFAULT_LAYER_SCAN_LIMITS, ...limits };
    for (let left = INDEX_HEADER_SIZE; left > 0; left--) this.#writer.byte(0);
    this.#tree = new LayerTree(this.#writer, { maxDepth: this.#limits.maxPathComponents, maxIndexBytes: this.#limits.maxIndexBytes });
    this.#parser = new TarParser({ entry: (header) => this.#add(header), data: () => undefined, entryEnd: () => undefined }, this.#limits);
  }

  push(chunk: Uint8Array): void {
    this.#parser.push(chunk);
  }

  finish(): ScannedLayer {
    this.#parser.finish();
    const { entries, offset: size } = this.#parser;
    const { root, isOpaque } = this.#tree.encode();
    const index = sealIndex(this.#writer.view(), { root, isOpaque, entries, size });
    return { index, entries, size, unpackedSize: this.#unpackedSize };
  }

  #add(header: TarHeader): void {
    if (header.type === "other") return;
    const path = cleanEntryPath(header.path);
    const name = baseName(path);
    this.#checkNames(path);
    if (this.#limits.hidesByName && name.startsWith(WHITEOUT_PREFIX) && this.#addMarker(path, name)) return;
    const attributes = this.#attributesOf(header);
    if (header.type === "directory") this.#tree.addDirectory(path, attributes);
    else if (header.type === "hardlink") this.#addHardLink(path, header, attributes);
    else this.#tree.addLeaf(path, leafOf(header, attributes));
    if (header.type === "file") this.#unpackedSize += header.size;
    else if (header.type === "symlink") this.#unpackedSize += encodeName(header.linkPath).length;
  }

  /** False for AUFS's files, which are kept until the end because hard links may point at them. */
  #addMarker(path: string, name: string): boolean {
    if (name === OPAQUE_NAME) {
      this.#tree.addOpaque(dirName(path));
      return true;
    }
    if (name.startsWith(AUFS_PREFIX)) return false;
    const hidden = name.slice(WHITEOUT_PREFIX.length);
    if (hidden === "" || hidden === "." || hidden === "..") throw invalidArgument(`invalid entry name ${JSON.stringify(path)}`);
    this.#tree.addWhiteout(dirName(path), hidden);
    return true;
  }

  #addHardLink(path: string, header: TarHeader, attributes: LayerAttributes): void {
    const target = cleanLinkTarget(header.linkPath);
    if (!this.#tree.addHardLink(path, target)) this.#tree.addLeaf(path, { type: "hardlink", linkPath: target, ...attributes });
  }

  #attributesOf(header: TarHeader): LayerAttributes {
    const { mode, headerOffset } = header;
    const mtime = timeOf(header.mtime);
    let { xattrs } = header;
    if (xattrs.size > 0) xattrs = new Map([...xattrs].filter(([name]) => !OVERLAY_XATTR.test(name)));
    return { mode, uid: ownerOf(header.uid, headerOffset), gid: ownerOf(header.gid, headerOffset), mtime, xattrs };
  }

  #checkNames(path: string): void {
    const { maxNameBytes } = this.#limits;
    // A character is at most three bytes per unit, so most paths need no second look.
    if (path.length * 3 <= maxNameBytes) return;
    for (const name of path.split("/")) {
      if (name.length * 3 <= maxNameBytes || encodeName(name).length <= maxNameBytes) continue;
      throw limitExceeded(`the name ${JSON.stringify(`${name.slice(0, 32)}…`)} is too long`, `${maxNameBytes} bytes`);
    }
  }
}

function leafOf(header: TarHeader, attributes: LayerAttributes): LayerLeaf {
  const { type, size, dataOffset, storedSize, sparse, linkPath, devMajor, devMinor } = header;
  switch (type) {
    case "file":
      return { type, ...attributes, size, data: { dataOffset, storedSize, sparse } };
    case "symlink":
      return { type, ...attributes, linkPath };
    case "char-device":
    case "block-device":
      if (!isUint32(devMajor) || !isUint32(devMinor)) throw invalidTarHeader(header.headerOffset);
      return { type, ...attributes, devMajor, devMinor };
    case "fifo":
      return { type, ...attributes };
    default:
      throw invalidTarHeader(header.headerOffset);
  }
}

/** @throws invalid-argument in Docker's words for one that leads out of the root. */
function cleanLinkTarget(linkPath: string): string {
  try {
    return cleanEntryPath(linkPath);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw invalidArgument(`invalid hardlink target ${JSON.stringify(linkPath)}`);
  }
}

/** Owners are 32 bits wide; small negative numbers are those that wrap around, as they do in the kernel. */
function ownerOf(id: number, offset: number): number {
  const owner = id < 0 ? id + 2 ** 32 : id;
  if (!isUint32(owner)) throw invalidTarHeader(offset);
  return owner;
}

/** Times beyond what a `Date` holds count as the furthest that it does. */
function timeOf(time: TarTime): TarTime {
  if (Math.abs(time.seconds) <= MAX_SECONDS) return time;
  return { seconds: time.seconds < 0 ? -MAX_SECONDS : MAX_SECONDS, nanoseconds: 0 };
}

function isUint32(value: number): boolean {
  return value >= 0 && value < 2 ** 32;
}
