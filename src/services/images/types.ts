import type { CredentialSource } from "#registry";
import type { Descriptor, Digest, ImageConfig, ImageId, Platform } from "#oci";

/**
 * One row of the image list. Frozen, and the same object until the image changes, so that what was derived
 * from it (its JSON, say) may be remembered beside it.
 */
export interface ImageSummary {
  readonly id: ImageId;
  /** The image that a classic build or a commit started from, while it is known. */
  readonly parent: ImageId | undefined;
  /** Familiar tagged references, in canonical order: `my/img:latest`. */
  readonly names: readonly string[];
  /** Familiar digest references, in canonical order: `my/img@sha256:…`. */
  readonly digests: readonly string[];
  /** Unix seconds; `undefined` when the config does not say. */
  readonly created: number | undefined;
  /** Bytes of the files in all layers, as Docker counts them. */
  readonly size: number;
  /** `undefined` when the config has none. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** What the names point at: the index, or the manifest if there is none. */
  readonly target: Descriptor;
}

/** A row of the list with what was asked for beside it. */
export interface ListedImage {
  readonly image: ImageSummary;
  /** The names that the `reference` filter let through; otherwise the image's own. */
  readonly names: readonly string[];
  readonly digests: readonly string[];
  /** Bytes shared with other images; `undefined` unless asked for. */
  readonly sharedSize: number | undefined;
  readonly containers: number;
  /** `undefined` unless asked for. */
  readonly manifests: readonly ManifestSummary[] | undefined;
}

/** One entry of an image's index, or its only manifest. */
export interface ManifestSummary {
  readonly descriptor: Descriptor;
  /** Every blob of this manifest is stored here. */
  readonly available: boolean;
  readonly kind: "image" | "attestation" | "unknown";
  /** Stored bytes: manifest, config and layers as they came. */
  readonly contentSize: number;
  /** Bytes of the files in the layers. */
  readonly unpackedSize: number;
  readonly platform: Platform | undefined;
  /** Kind attestation: the manifest that it speaks of. */
  readonly attestationFor: Digest | undefined;
  readonly containers: readonly string[];
}

/** Everything `GET /images/{name}/json` shows, in our words. */
export interface ImageDetail {
  /** Digest of the config that was chosen: the image's ID, or with a platform that platform's config. */
  readonly id: ImageId;
  readonly parent: ImageId | undefined;
  readonly names: readonly string[];
  readonly digests: readonly string[];
  readonly config: ImageConfig;
  readonly size: number;
  readonly lastTagged: Date | undefined;
  /** The target, or with a platform that platform's manifest. */
  readonly descriptor: Descriptor;
  readonly manifests: readonly ManifestSummary[] | undefined;
}

/** Newest first. */
export interface HistoryItem {
  /** `undefined`: no local image stands for this entry; Docker prints `<missing>`. */
  readonly id: ImageId | undefined;
  readonly created: number;
  readonly createdBy: string;
  readonly comment: string;
  readonly size: number;
  readonly names: readonly string[];
}

/** Filters of list and prune after parsing: every given key holds. Values in the order given. */
export interface ImageFilters {
  readonly dangling?: boolean;
  /** `key` or `key=value`; all must match. */
  readonly labels?: readonly string[];
  /** Images for which all of these match are left out. */
  readonly notLabels?: readonly string[];
  /** Image names or IDs. */
  readonly before?: readonly string[];
  readonly since?: readonly string[];
  /** Only images created before this moment. */
  readonly until?: Date;
  /** Globs over familiar and canonical names; any may match. */
  readonly references?: readonly string[];
}

export interface ListRequest {
  /** Also untagged parents of other images. */
  readonly all?: boolean;
  readonly filters?: ImageFilters;
  readonly sharedSize?: boolean;
  readonly manifests?: boolean;
}

export interface InspectRequest {
  readonly platform?: Platform;
  readonly manifests?: boolean;
}

export interface RemoveRequest {
  readonly force?: boolean;
  /** Keep untagged parents. */
  readonly keepParents?: boolean;
  /** Remove only the content of these platforms. */
  readonly platforms?: readonly Platform[];
}

/** What a removal did, in order. */
export type Removal = { readonly untagged: string } | { readonly deleted: Digest };

export interface PruneRequest {
  readonly filters?: Pick<ImageFilters, "dangling" | "labels" | "notLabels" | "until">;
}

export interface PruneResult {
  readonly removed: readonly Removal[];
  /** Bytes of the files in the layers that are gone. */
  readonly reclaimed: number;
}

export interface LoadRequest {
  /** The archive, in any compression. */
  readonly archive: AsyncIterable<Uint8Array>;
  /** Load only images that provide one of these platforms. */
  readonly platforms?: readonly Platform[];
}

export type LoadEvent =
  /** A layer that was not stored before; `total` is its size in the archive, `current` how much of it is stored. */
  | { readonly type: "layer"; readonly diffId: Digest; readonly current: number; readonly total: number }
  /** A name moved away from another image, which keeps existing. */
  | { readonly type: "renamed"; readonly name: string; readonly from: ImageId }
  /** An image is stored for good, with these familiar names; empty when it came without a name. */
  | { readonly type: "image"; readonly id: ImageId; readonly names: readonly string[] }
  | { readonly type: "done"; readonly images: readonly ImageId[] };

export interface SaveRequest {
  /** Names, IDs or repositories (which stand for all their tags), in order. */
  readonly names: readonly string[];
  readonly platforms?: readonly Platform[];
}

export interface PullRequest {
  /** As the user wrote it; with a tag or digest, that one, otherwise all tags. */
  readonly image: string;
  /** A tag or a digest; wins over the one in `image`. */
  readonly tag?: string;
  /** By default this machine's. */
  readonly platform?: Platform;
  readonly credentials?: CredentialSource;
}

/** Where a layer is on its way here. Bytes as they travel. */
export type LayerState =
  | { readonly step: "exists" | "waits" | "verifying" | "downloaded" | "complete" }
  /** Others are under way, as many as may be at once. */
  | { readonly step: "queued" }
  | { readonly step: "downloading"; readonly current: number; readonly total: number }
  /** All layers are here, and become an image together. */
  | { readonly step: "storing"; readonly size: number }
  /** The registry is asked again after so many seconds. */
  | { readonly step: "retrying"; readonly seconds: number };

export type PullEvent =
  /** What is wanted is known: `repository` without its host, `id` the tag or the whole reference. */
  | { readonly type: "pulling"; readonly repository: string; readonly id: string }
  | { readonly type: "layer"; readonly digest: Digest; readonly state: LayerState }
  /** What the registry says that the name stands for. */
  | { readonly type: "digest"; readonly digest: Digest }
  /** A single image that is none of the wanted platform was taken all the same. */
  | { readonly type: "platform-mismatch"; readonly name: string; readonly actual: string; readonly wanted: string }
  /** `isNew`: the name stands for something else than before. */
  | { readonly type: "pulled"; readonly name: string; readonly isNew: boolean }
  | { readonly type: "done"; readonly images: readonly ImageId[] };

export interface PushRequest {
  /** The repository, with its registry; with a tag, only that one. */
  readonly name: string;
  /** Wins over the tag in `name`. Without any, all tags of the repository go. */
  readonly tag?: string;
  /** Only what this platform needs, instead of everything that is here. */
  readonly platform?: Platform;
  readonly credentials?: CredentialSource;
}

/** Where a layer is on its way out. Bytes as they are stored: a plain layer may travel in fewer. */
export type UploadState =
  | { readonly step: "preparing" | "exists" | "pushed" }
  /** A foreign layer that is not here: its descriptor says where it is to be had. */
  | { readonly step: "skipped" }
  | { readonly step: "mounted"; readonly from: string }
  | { readonly step: "pushing"; readonly current: number; readonly total: number }
  | { readonly step: "retrying"; readonly seconds: number };

export type PushEvent =
  /** Canonical; comes before anything that can fail at the registry. */
  | { readonly type: "pushing"; readonly repository: string }
  | { readonly type: "layer"; readonly diffId: Digest; readonly state: UploadState }
  /** Of an index that is here in part the registry has the one manifest that is meant, under the index's tag. */
  | { readonly type: "part"; readonly index: Descriptor; readonly manifest: Descriptor }
  /** Something of this manifest or index is not here, so that nothing was tagged; an error follows. */
  | { readonly type: "lacking"; readonly target: Descriptor }
  /** The registry has all of it. `size` of the manifest, in bytes. */
  | { readonly type: "tag"; readonly tag: string; readonly digest: Digest; readonly size: number }
  | { readonly type: "done" };

export interface ImportRequest {
  /** A root file system as a tar in any compression; by URL it is fetched after everything else was found right. */
  readonly archive: AsyncIterable<Uint8Array> | { readonly url: string };
  /** Name for the result, as the user wrote it; without it the image stays untagged. */
  readonly repository?: string;
  readonly tag?: string;
  readonly message?: string;
  /** Dockerfile instructions, each possibly of several lines. */
  readonly changes?: readonly string[];
  readonly platform?: Platform;
}

export type ImportEvent =
  | { readonly type: "progress"; readonly current: number; readonly total: number | undefined }
  | { readonly type: "done"; readonly id: ImageId };

export interface AttestationRequest {
  readonly platform?: Platform;
  /** Predicate types; any may match. */
  readonly types?: readonly string[];
  /** Include the statements' bodies. */
  readonly statements?: boolean;
}

export interface Attestation {
  readonly descriptor: Descriptor;
  readonly predicateType: string;
  readonly statement?: unknown;
}

/** What is stored, with real sharing and users, for `GET /system/df`. Sizes in bytes. */
export interface DiskUsage {
  /** Bytes of the files in every layer, each counted once. */
  readonly layersSize: number;
  /** Rows as `list({ all: false, sharedSize: true })` gives them. */
  readonly images: readonly ListedImage[];
}
