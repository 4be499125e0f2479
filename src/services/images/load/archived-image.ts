import type { StagedBlob } from "#content";
import type { Descriptor, Digest, ImageId } from "#oci";

/** An image as an archive describes it, before anything of it is stored for good. */
export interface ArchivedImage {
  readonly target: Descriptor;
  /** Canonical references. */
  readonly names: readonly string[];
  /** What a classic builder's archive says it was built from. */
  readonly parent: ImageId | undefined;
  /** Its manifest was written for this archive, or for us: no registry has it. */
  readonly isUnpublished: boolean;
  /** A manifest, index or config, if the archive or the store has it. */
  read(descriptor: Descriptor): Promise<Uint8Array | undefined>;
  /** A layer or other blob that came with the archive; `"stored"` when it was here before, `undefined` when it is nowhere. */
  blob(digest: Digest): Promise<StagedBlob | "stored" | undefined>;
  /** How the archive calls a layer, for errors: its path, or the digest. */
  nameOf(digest: Digest): string;
}
