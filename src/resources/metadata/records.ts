import type { ChainId, Descriptor, DiffId, Digest, ImageId, Platform } from "#oci";

export interface ImageRecord {
  readonly id: ImageId;
  /** The index or manifest that stands for the image when no name says otherwise. */
  readonly target: Digest;
  /** The manifest whose config is the image's ID. */
  readonly manifest: Digest;
  readonly parent: ImageId | undefined;
  /** Unix seconds, from the config; `undefined` when it does not say. */
  readonly created: number | undefined;
  /** Bytes of the files in all layers. */
  readonly size: number;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly lastTagged: Date | undefined;
  readonly recorded: Date;
}

/** A layer in its place in an image, base first. */
export interface ImageLayer {
  readonly diffId: DiffId;
  readonly chainId: ChainId;
  readonly size: number;
}

/** One manifest of a target. */
export interface ManifestRecord {
  readonly descriptor: Descriptor;
  readonly kind: "image" | "attestation" | "unknown";
  /** Present for kind image as soon as the manifest is stored. */
  readonly config: Digest | undefined;
  readonly platform: Platform | undefined;
  readonly attestationFor: Digest | undefined;
}

/** A canonical reference, with a tag or a digest, and what it stands for. */
export interface NameRecord {
  readonly name: string;
  readonly image: ImageId;
  readonly target: Digest;
}
