import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { tarArchive } from "../fixtures/tar-archive.ts";

export const TYPE = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  foreign: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  empty: "application/vnd.oci.empty.v1+json",
  artifact: "application/vnd.example.thing.v1",
} as const;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [member: string]: unknown;
}

/** Bytes with their descriptor. */
export interface Piece {
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
}

/** A manifest and all that has to be there before it, in order. */
export interface Whole extends Piece {
  readonly blobs: readonly Piece[];
  readonly manifests: readonly Piece[];
}

export interface Making {
  readonly algorithm?: string;
  /** Further members of the manifest: `subject`, `annotations`, `artifactType`, … */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly architecture?: string;
  readonly layers?: number;
}

export function digestOf(bytes: Uint8Array | string, algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

export function pieceOf(mediaType: string, bytes: Uint8Array | string, algorithm?: string): Piece {
  const buffer = Buffer.from(bytes);
  return { bytes: buffer, descriptor: { mediaType, digest: digestOf(buffer, algorithm), size: buffer.byteLength } };
}

/** Different every time, so that no case finds what another has left. */
export function randomPiece(size = 512, algorithm?: string): Piece {
  return pieceOf("application/octet-stream", randomBytes(size), algorithm);
}

/** A real image: its layers are tars, and its config knows them. */
export function imageOf({ algorithm, more = {}, architecture = "amd64", layers: count = 2 }: Making = {}): Whole {
  const tars = Array.from({ length: count }, (_, index) => tarArchive({ [`file-${index}`]: randomBytes(16).toString("hex") }));
  const layers = tars.map((tar) => pieceOf(TYPE.layer, gzipSync(tar), algorithm));
  const rootfs = { type: "layers", diff_ids: tars.map((tar) => digestOf(tar)) };
  const config = jsonPiece(TYPE.config, { os: "linux", architecture, rootfs, made: randomBytes(8).toString("hex") }, algorithm);
  return manifestOf(config, layers, { ...(algorithm !== undefined && { algorithm }), more });
}

export function artifactOf({ algorithm, more = {} }: Making = {}): Whole {
  const content = pieceOf(TYPE.artifact, randomBytes(64), algorithm);
  return manifestOf(pieceOf(TYPE.empty, "{}", algorithm), [content], {
    ...(algorithm !== undefined && { algorithm }),
    more: { artifactType: TYPE.artifact, ...more },
  });
}

export function manifestOf(config: Piece, layers: readonly Piece[], { algorithm, more = {} }: Making = {}): Whole {
  const parts = { config: config.descriptor, layers: layers.map(({ descriptor }) => descriptor) };
  const manifest = jsonPiece(TYPE.manifest, { schemaVersion: 2, mediaType: TYPE.manifest, ...parts, ...more }, algorithm);
  return { ...manifest, blobs: [config, ...layers], manifests: [] };
}

export function indexOf(children: readonly Whole[], { algorithm, more = {} }: Making = {}): Whole {
  const manifests = children.map(({ descriptor }) => descriptor);
  const index = jsonPiece(TYPE.index, { schemaVersion: 2, mediaType: TYPE.index, manifests, ...more }, algorithm);
  return {
    ...index,
    blobs: children.flatMap(({ blobs }) => blobs),
    manifests: children.flatMap((child) => [...child.manifests, { bytes: child.bytes, descriptor: child.descriptor }]),
  };
}

export function jsonPiece(mediaType: string, value: unknown, algorithm?: string): Piece {
  return pieceOf(mediaType, JSON.stringify(value), algorithm);
}
