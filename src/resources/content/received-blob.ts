import type { Compression } from "#archive";
import type { DiffId, Digest } from "#oci";

/** What one pass over a blob's bytes found out. */
export interface ReceivedBlob {
  readonly digest: Digest;
  /** Bytes in the file. */
  readonly size: number;
  /** Present when the bytes are a tar, compressed or not. */
  readonly layer: ReceivedLayer | undefined;
  /** Why they are not a layer, for whoever expected one. */
  readonly notLayer: string | undefined;
}

export interface ReceivedLayer {
  readonly diffId: DiffId;
  /** Bytes of the files in it: how large Docker says the layer is. */
  readonly unpackedSize: number;
  readonly compression: Compression;
  readonly entries: number;
  /** The layer's encoded entry index (see `#archive`). */
  readonly index: Uint8Array<ArrayBuffer>;
}

export interface ReceiveOptions {
  /** Sync to disk before it is reported as received. */
  readonly durable: boolean;
  /** The file may hold a beginning already, and keeps what arrived when it is aborted. Not together with `unwrapForeign`. */
  readonly resume: boolean;
  /** Look for a layer in the bytes; without it only digest and size are found. */
  readonly inspect: boolean;
  /** The tar is no layer: names of whiteouts are names like any other in it. */
  readonly isPlainTree: boolean;
  /** Longer input is refused. */
  readonly maxSize: number;
  /** Layers compressed in a way that no manifest can name (bzip2, xz) are stored as the plain tar they hold. */
  readonly unwrapForeign: boolean;
  /** Digest algorithm of the blob's name. */
  readonly algorithm: string;
}
