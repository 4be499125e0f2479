import { encodeName } from "./entry-name.ts";

/** `other` are typeflags that this reader does not know; their payload is passed over by whoever reads files. */
export type TarEntryType = "file" | "hardlink" | "symlink" | "char-device" | "block-device" | "directory" | "fifo" | "other";

/** Seconds since 1970 UTC, rounded down, may be negative; `nanoseconds` 0…999,999,999 are added to them. */
export interface TarTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** A stretch of a sparse file that is stored; what lies between stretches reads as zeros. */
export interface SparseExtent {
  readonly offset: number;
  readonly length: number;
}

/** What a tar says of one entry. Names are strings in the reversible form of `decodeName`, as written, not cleaned. */
export interface TarEntry {
  readonly path: string;
  readonly type: TarEntryType;
  /** Permission bits with setuid, setgid and sticky: 0…07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes a reader of the file sees, holes included; 0 for what has no contents. */
  readonly size: number;
  readonly mtime: TarTime;
  /** Target of a symlink, verbatim, or the path of the entry that a hard link repeats; else empty. */
  readonly linkPath: string;
  readonly devMajor: number;
  readonly devMinor: number;
  /** By full name (`security.capability`); values are raw bytes. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** An entry as it was read, with its place in the tar stream. */
export class TarHeader implements TarEntry {
  path = "";
  type: TarEntryType = "other";
  mode = 0;
  uid = 0;
  gid = 0;
  size = 0;
  mtime: TarTime = EPOCH;
  linkPath = "";
  devMajor = 0;
  devMinor = 0;
  xattrs: ReadonlyMap<string, Uint8Array> = NO_XATTRS;
  /** Offset of the entry's own header block in the tar, behind its extension headers. */
  headerOffset = 0;
  /** Offset of the first payload byte in the tar. */
  dataOffset = 0;
  /** Payload bytes in the tar: `size`, but for sparse files, which store only their extents, back to back. */
  storedSize = 0;
  /** In order, without overlap, together `storedSize` long; undefined for a file that is stored whole. */
  sparse: readonly SparseExtent[] | undefined = undefined;

  /** The raw bytes of `path`. */
  get name(): Uint8Array {
    return encodeName(this.path);
  }

  /** The raw bytes of `linkPath`. */
  get linkName(): Uint8Array {
    return encodeName(this.linkPath);
  }
}

/** Bounds on what a header may make the reader allocate or count. */
export interface TarLimits {
  readonly maxEntries: number;
  /** Of a name or a link target. */
  readonly maxPathBytes: number;
  readonly maxPathComponents: number;
  /** Of one PAX header. */
  readonly maxPaxBytes: number;
  /** Names and values of one entry's extended attributes together. */
  readonly maxXattrBytes: number;
  readonly maxSparseExtents: number;
}

export const DEFAULT_TAR_LIMITS: TarLimits = {
  maxEntries: 5_000_000,
  maxPathBytes: 4096,
  maxPathComponents: 1000,
  maxPaxBytes: 1024 * 1024,
  maxXattrBytes: 64 * 1024,
  maxSparseExtents: 128 * 1024,
};

export const EPOCH: TarTime = Object.freeze({ seconds: 0, nanoseconds: 0 });

export const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();
