import type { Platform } from "#oci";
import type {
  Attestation,
  AttestationRequest,
  HistoryItem,
  ImageDetail,
  ImportEvent,
  ImportRequest,
  InspectRequest,
  ListRequest,
  ListedImage,
  LoadEvent,
  LoadRequest,
  PruneRequest,
  PruneResult,
  PullEvent,
  PullRequest,
  PushEvent,
  PushRequest,
  Removal,
  RemoveRequest,
  SaveRequest,
} from "./types.ts";

export interface Cancellable {
  readonly signal?: AbortSignal;
}

/**
 * The verbs of images. A `name` is whatever a user types: familiar or canonical reference, tag, digest,
 * `name:tag@digest`, full or short ID. Unknown names throw not-found, malformed ones invalid-argument, in Docker's words.
 */
export interface Images {
  list(request?: ListRequest): Promise<readonly ListedImage[]>;
  inspect(name: string, request?: InspectRequest): Promise<ImageDetail>;
  /** Newest entry first. */
  history(name: string, request?: { readonly platform?: Platform }): Promise<readonly HistoryItem[]>;
  /** Tags always move. `repository` may carry a tag; `tag` wins over it; `latest` is the default. */
  tag(source: string, target: { readonly repository: string; readonly tag?: string }): Promise<void>;
  remove(name: string, request?: RemoveRequest): Promise<readonly Removal[]>;
  prune(request?: PruneRequest): Promise<PruneResult>;
  /** Images become visible one by one, each whole; a failure keeps those reported before. */
  load(request: LoadRequest, options?: Cancellable): AsyncGenerator<LoadEvent>;
  /** Resolves once the archive is known to be writable; its chunks then stream without further lookups. */
  save(request: SaveRequest, options?: Cancellable): Promise<AsyncIterable<Uint8Array>>;
  /** The name appears when everything is here. Nothing that is stored is fetched; identical downloads are shared. */
  pull(request: PullRequest, options?: Cancellable): AsyncGenerator<PullEvent>;
  /** What the registry has is not sent, and what other repositories of it have is mounted. The stored bytes go out as they are. */
  push(request: PushRequest, options?: Cancellable): AsyncGenerator<PushEvent>;
  import(request: ImportRequest, options?: Cancellable): AsyncGenerator<ImportEvent>;
  attestations(name: string, request?: AttestationRequest): Promise<readonly Attestation[]>;
}
