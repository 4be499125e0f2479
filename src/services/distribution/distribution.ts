import type { StoredBlob } from "#images";
import type { Descriptor, Digest } from "#oci";
import type { ManifestReference, Repository, Tag } from "./names.ts";

/** Bytes on their way in. */
export interface Chunk {
  readonly body: AsyncIterable<Uint8Array>;
  /** Where they begin, when the sender says so; they must begin where the last ones ended. */
  readonly from?: number;
  /** How many there will be, when that is known beforehand. */
  readonly size?: number;
}

export interface UploadStatus {
  readonly id: string;
  /** Bytes. */
  readonly received: number;
}

export interface PushedManifest {
  readonly bytes: Uint8Array;
  /** As announced; empty when it was not. */
  readonly mediaType: string;
  /** Further tags for a manifest that is put by its digest. */
  readonly tags?: readonly Tag[];
}

export interface StoredManifest {
  readonly descriptor: Descriptor;
  /** The manifest that it speaks of. */
  readonly subject: Digest | undefined;
}

/** A part of a list: at most `limit` entries, those after `after`; empty for the beginning. */
export interface Page {
  readonly after: string;
  readonly limit: number;
}

export interface Listed<T> {
  readonly entries: readonly T[];
  /** What `after` is for the next page; absent at the end. */
  readonly next: string | undefined;
}

/**
 * The store as a registry. Failures carry the codes of OCI's distribution-spec (`registryFaultOf`).
 *
 * Blobs are the store's: whatever is stored is in every repository, so nothing is ever sent twice. Manifests are in
 * those repositories where a name reaches them: a tag, a digest, an index that contains them, a manifest they speak of.
 */
export interface Distribution extends AsyncDisposable {
  /** Size in bytes. The blob stays for an hour even if nothing needs it: a manifest is about to name it. */
  claimBlob(digest: Digest): number | undefined;
  /** @throws BLOB_UNKNOWN; data-loss when it is seen to be damaged. */
  openBlob(digest: Digest): Promise<StoredBlob>;
  /** @throws BLOB_UNKNOWN; UNSUPPORTED while a manifest needs it. */
  removeBlob(digest: Digest): Promise<void>;

  /** @throws TOOMANYREQUESTS. */
  beginUpload(repository: Repository): UploadStatus;
  /** @throws BLOB_UPLOAD_UNKNOWN, from here on all of them. */
  uploadStatus(repository: Repository, id: string): UploadStatus;
  /** What has arrived counts, even if the rest does not come. @throws RANGE_INVALID for bytes out of order. */
  appendToUpload(repository: Repository, id: string, chunk: Chunk): Promise<UploadStatus>;
  /** Takes the last bytes, if any are left. Resolves when the blob is on disk, where it waits an hour for its manifest. @throws DIGEST_INVALID. */
  finishUpload(repository: Repository, id: string, digest: Digest, chunk: Chunk): Promise<void>;
  cancelUpload(repository: Repository, id: string): Promise<void>;

  /** @throws MANIFEST_UNKNOWN. */
  findManifest(repository: Repository, reference: ManifestReference): Promise<Descriptor>;
  readManifest(digest: Digest): Promise<Uint8Array>;
  /**
   * Makes a manifest, with all that it names, an image of this engine, or an artifact if it is none. It is known by
   * its digest from here on, and by its tags.
   *
   * @throws MANIFEST_INVALID; MANIFEST_BLOB_UNKNOWN with every missing digest; DIGEST_INVALID; SIZE_INVALID.
   */
  putManifest(repository: Repository, reference: ManifestReference, manifest: PushedManifest): Promise<StoredManifest>;
  /** Takes it out of this repository with all its tags. @throws MANIFEST_UNKNOWN; UNSUPPORTED for a part of an index. */
  removeManifest(repository: Repository, digest: Digest): Promise<void>;
  /** The manifest stays under its digest. @throws MANIFEST_UNKNOWN. */
  removeTag(repository: Repository, tag: Tag): Promise<void>;

  /** In OCI's order: case is looked at last. @throws NAME_UNKNOWN. */
  tags(repository: Repository, page: Page): Listed<string>;
  /** Familiar names, in order. */
  repositories(page: Page): Listed<string>;
  /** Manifests that speak of this one, stored or not, with artifact type and annotations. */
  referrers(repository: Repository, subject: Digest, page: Page & { readonly artifactType?: string | undefined }): Listed<Descriptor>;

  /** Lets go of what has waited too long. Happens by itself. */
  sweep(): Promise<void>;
}
