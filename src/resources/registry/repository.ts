import type { Descriptor, Digest, Reference } from "#oci";
import type { RegistryClient } from "./client.ts";
import type {
  BlobSource,
  FetchBlobOptions,
  FetchedBlob,
  FetchedManifest,
  GrowingBlob,
  HasManifestOptions,
  ListOptions,
  OperationOptions,
  ReferrersOptions,
  StoredManifest,
  StreamOptions,
  UploadOptions,
} from "./types.ts";
import { fetchBlob } from "./verbs/fetch-blob.ts";
import { addReferrers } from "./verbs/add-referrers.ts";
import { findTag, hasManifest } from "./verbs/has-manifest.ts";
import { listReferrers, listTags } from "./verbs/lists.ts";
import { fetchManifest, resolveManifest } from "./verbs/manifests.ts";
import { putManifest } from "./verbs/put-manifest.ts";
import { uploadBlob } from "./verbs/upload-blob.ts";
import { uploadStream } from "./verbs/upload-stream.ts";
import { hasBlob, mountBlob } from "./verbs/upload-session.ts";
import type { UploadSession } from "./verbs/upload-session.ts";

/** One remote repository on behalf of one caller. Every method may run beside every other. */
export class Repository {
  readonly reference: Reference;
  readonly #client: RegistryClient;
  /** What resolving had to fetch, so that it is not fetched again; only the latest. */
  #fetched: FetchedManifest | undefined;
  /** Uploads that registries began instead of mounting. */
  readonly #sessions = new Map<Digest, UploadSession>();

  constructor(client: RegistryClient, reference: Reference) {
    this.#client = client;
    this.reference = reference;
  }

  /** What a tag or digest stands for now: one HEAD, or where the registry does not say enough, a GET. */
  async resolve(tagOrDigest: string, options: OperationOptions = {}): Promise<Descriptor> {
    const { descriptor, fetched } = await resolveManifest(this.#client, this.#path, tagOrDigest, options);
    this.#fetched = fetched ?? this.#fetched;
    return descriptor;
  }

  /** By descriptor or digest, verified; by tag, whatever it stands for, with a digest of our own making. */
  async fetchManifest(wanted: Descriptor | string, options: OperationOptions = {}): Promise<FetchedManifest> {
    const digest = typeof wanted === "string" ? wanted : wanted.digest;
    if (this.#fetched?.descriptor.digest === digest) return this.#fetched;
    return fetchManifest(this.#client, this.#path, wanted, options);
  }

  /** False also when the registry does not tell: storing learns the reason. Mirrors are not asked. */
  hasManifest(digest: Digest, options: HasManifestOptions = {}): Promise<boolean> {
    return hasManifest(this.#client, this.#path, digest, options);
  }

  /** The digest that a tag stands for, if the registry says so. Mirrors are not asked. */
  findTag(tag: string, options: OperationOptions = {}): Promise<string | undefined> {
    return findTag(this.#client, this.#path, tag, options);
  }

  /** One connection at a time, taken up again where it breaks. Errors that come before the first byte are this call's. */
  fetchBlob(blob: Descriptor, options: FetchBlobOptions = {}): Promise<FetchedBlob> {
    return fetchBlob(this.#client, this.#path, blob, options);
  }

  /** False also when the registry does not tell: the upload that follows learns the reason. */
  hasBlob(blob: Descriptor, options: OperationOptions = {}): Promise<boolean> {
    return hasBlob(this.#client, this.#path, blob, options);
  }

  /** True: the blob is now in this repository. False: it has to be uploaded. `fromPath` as in `library/alpine`. */
  async mountBlob(digest: Digest, fromPath: string, options: OperationOptions = {}): Promise<boolean> {
    const outcome = await mountBlob(this.#client, this.#path, digest, fromPath, options);
    if (!outcome.isMounted && outcome.session !== undefined) this.#sessions.set(digest, outcome.session);
    return outcome.isMounted;
  }

  /** Resolving means that the registry has verified and stored the blob. An abort cancels the upload there too. */
  async uploadBlob(blob: Descriptor, source: BlobSource, options: UploadOptions = {}): Promise<void> {
    await uploadBlob(this.#client, { path: this.#path, blob, source, session: this.#takeSession(blob.digest) }, options);
  }

  /** As `uploadBlob`, of a blob that is made while it is sent. `open` begins the same bytes again, for another attempt. */
  async uploadStream(open: () => GrowingBlob, { label, unmounted, signal }: StreamOptions): Promise<GrowingBlob["result"]> {
    const session = unmounted && this.#takeSession(unmounted);
    return uploadStream(this.#client, { path: this.#path, open, label, session }, { signal });
  }

  /** Stores the exact bytes under a tag or their digest; everything that they point at has to be there. */
  putManifest(bytes: Uint8Array, mediaType: string, tagOrDigest: string, options: OperationOptions = {}): Promise<StoredManifest> {
    return putManifest(this.#client, { path: this.#path, bytes, mediaType, tagOrDigest }, options);
  }

  listTags(options: ListOptions = {}): Promise<readonly string[]> {
    return listTags(this.#client, this.#path, options);
  }

  /** Manifests whose `subject` is `digest`, by the referrers API or else the tag that stands in for it. */
  referrers(digest: Digest, options: ReferrersOptions = {}): Promise<readonly Descriptor[]> {
    return listReferrers(this.#client, this.#path, digest, options);
  }

  /** For registries that do not keep track of subjects: lists `referrers` under the tag that stands in for it. */
  addReferrers(subject: Digest, referrers: readonly Descriptor[], options: OperationOptions = {}): Promise<void> {
    return addReferrers(this.#client, this.#path, { subject, referrers }, options);
  }

  #takeSession(digest: Digest): UploadSession | undefined {
    const session = this.#sessions.get(digest);
    this.#sessions.delete(digest);
    return session;
  }

  get #path(): string {
    return this.reference.path;
  }
}
