import { crc32 } from "node:zlib";

import { sha256 } from "../../workbench/index.ts";
import type { Image } from "../../workbench/index.ts";

export interface Described {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [more: string]: unknown;
}

/** A manifest or an index with everything below it, children before what contains them. */
export interface Parcel {
  readonly root: Described;
  readonly manifests: readonly { readonly described: Described; readonly bytes: Buffer }[];
  readonly blobs: readonly Buffer[];
}

export const TYPES = {
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  list: "application/vnd.docker.distribution.manifest.list.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar+gzip",
  statement: "application/vnd.in-toto+json",
} as const;

const PROVENANCE = "https://slsa.dev/provenance/v0.2";

export function describeBytes(mediaType: string, bytes: Buffer): Described {
  return { mediaType, digest: sha256(bytes), size: bytes.length };
}

/** One stored block: the same bytes whatever compressor a machine has. Up to 65,535 bytes. */
export function gzipped(bytes: Buffer): Buffer {
  const block = Buffer.alloc(5);
  block.writeUInt8(1);
  block.writeUInt16LE(bytes.length, 1);
  block.writeUInt16LE(bytes.length ^ 0xffff, 3);
  const end = Buffer.alloc(8);
  end.writeUInt32LE(crc32(bytes));
  end.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([Buffer.from("1f8b08000000000000ff", "hex"), block, bytes, end]);
}

/** An image as Docker pushes it, or with OCI's types. */
export function parcelOf({ config, layers }: Image, { oci = false } = {}): Parcel {
  const blobs = layers.map(gzipped);
  return manifestParcel(
    oci ? TYPES.ociManifest : TYPES.manifest,
    { bytes: config, mediaType: oci ? TYPES.ociConfig : TYPES.config },
    blobs.map((bytes) => ({ bytes, mediaType: oci ? TYPES.ociLayer : TYPES.layer })),
  );
}

interface Typed {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function manifestParcel(mediaType: string, config: Typed, layers: readonly Typed[], more: object = {}): Parcel {
  const describe = ({ bytes, mediaType: type, ...rest }: Typed): Described => ({ ...describeBytes(type, bytes), ...rest });
  const bytes = jsonOf({ schemaVersion: 2, mediaType, ...more, config: describe(config), layers: layers.map(describe) });
  const described = describeBytes(mediaType, bytes);
  return { root: described, manifests: [{ described, bytes }], blobs: [config, ...layers].map((part) => part.bytes) };
}

/** Members beside each descriptor: platform, annotations. */
export function indexParcel(mediaType: string, children: readonly (readonly [parcel: Parcel, members: object])[]): Parcel {
  const manifests = children.map(([{ root }, members]) => ({ ...root, ...members }));
  const bytes = jsonOf({ schemaVersion: 2, mediaType, manifests });
  const described = describeBytes(mediaType, bytes);
  return {
    root: described,
    manifests: [...children.flatMap(([parcel]) => parcel.manifests), { described, bytes }],
    blobs: children.flatMap(([parcel]) => parcel.blobs),
  };
}

/** What a builder says of the image with the manifest `of`. */
export function attestationParcel(of: Parcel): readonly [Parcel, object] {
  const statement = jsonOf({
    _type: "https://in-toto.io/Statement/v0.1",
    subject: [of.root.digest],
    predicateType: PROVENANCE,
    predicate: {},
  });
  const config = jsonOf({ architecture: "unknown", os: "unknown", config: {}, rootfs: { type: "layers", diff_ids: [sha256(statement)] } });
  const annotations = { "in-toto.io/predicate-type": PROVENANCE };
  const parcel = manifestParcel(TYPES.ociManifest, { bytes: config, mediaType: TYPES.ociConfig }, [
    { bytes: statement, mediaType: TYPES.statement, annotations },
  ]);
  const about = { "vnd.docker.reference.digest": of.root.digest, "vnd.docker.reference.type": "attestation-manifest" };
  return [parcel, { annotations: about, platform: { architecture: "unknown", os: "unknown" } }];
}

export function jsonOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
