import { notImplemented } from "#errors";
import type { Descriptor, Digest, Reference } from "#oci";
import type {
  BlobSource,
  FetchBlobOptions,
  FetchedBlob,
  FetchedManifest,
  ListOptions,
  OperationOptions,
  ReferrersOptions,
  UploadOptions,
} from "./types.ts";

/** One remote repository on behalf of one caller. Every method may run beside every other. */
export class Repository {
  readonly reference: Reference;

  constructor(reference: Reference) {
    this.reference = reference;
  }

  /** What a tag or digest stands for now: one HEAD, or where the registry does not say enough, a GET. */
  resolve(tagOrDigest: string, options: OperationOptions = {}): Promise<Descriptor> {
    return absent(tagOrDigest, options);
  }

  /** By descriptor or digest, verified; by tag, whatever it stands for, with a digest of our own making. */
  fetchManifest(wanted: Descriptor | string, options: OperationOptions = {}): Promise<FetchedManifest> {
    return absent(wanted, options);
  }

  fetchBlob(blob: Descriptor, options: FetchBlobOptions = {}): Promise<FetchedBlob> {
    return absent(blob, options);
  }

  /** False also when the registry does not tell: the upload that follows learns the reason. */
  hasBlob(blob: Descriptor, options: OperationOptions = {}): Promise<boolean> {
    return absent(blob, options);
  }

  /** True: the blob is now in this repository. False: it has to be uploaded. */
  mountBlob(digest: Digest, fromPath: string, options: OperationOptions = {}): Promise<boolean> {
    return absent(digest, fromPath, options);
  }

  /** Resolving means that the registry has verified and stored the blob. An abort cancels the upload there too. */
  uploadBlob(blob: Descriptor, source: BlobSource, options: UploadOptions = {}): Promise<void> {
    return absent(blob, source, options);
  }

  /** Stores the exact bytes under a tag or their digest; everything that they point at has to be there. */
  putManifest(bytes: Uint8Array, mediaType: string, tagOrDigest: string, options: OperationOptions = {}): Promise<Descriptor> {
    return absent(bytes, mediaType, tagOrDigest, options);
  }

  listTags(options: ListOptions = {}): Promise<readonly string[]> {
    return absent(options);
  }

  /** Manifests whose `subject` is `digest`, by the referrers API or else the tag that stands in for it. */
  referrers(digest: Digest, options: ReferrersOptions = {}): Promise<readonly Descriptor[]> {
    return absent(digest, options);
  }
}

function absent(...details: readonly unknown[]): Promise<never> {
  return Promise.reject(notImplemented("registries are not built yet", { details: { details } }));
}
