import type { Builds, CacheUsage } from "#build";
import type { Containers, ContainerSummary, ListedVolume } from "#containers";
import type { Distribution } from "#distribution";
import type { Remote } from "#remote";
import type { EventJournal } from "#events";
import type { DiskUsage, Images } from "#images";

/** The whole engine in this process: one method per verb, no HTTP between. Close it with `await using` or `close()`. */
export interface Engine extends AsyncDisposable {
  /** A UUID given to the data root when it was made. */
  readonly id: string;
  readonly dataRoot: string;
  readonly images: Images;
  readonly builds: Builds;
  readonly containers: Containers;
  /** The same store by the protocol of registries. */
  readonly distribution: Distribution;
  /** What needs a registry and no store: log in, search, look. */
  readonly registries: Remote;
  readonly events: Pick<EventJournal, "subscribe">;
  diskUsage(): Promise<EngineUsage>;
  /**
   * The first part of `close`: ends all containers, side by side, each with its own signal and time; none starts any more.
   * All else goes on. When `signal` fires they are killed.
   */
  stopContainers(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Stops the containers, waits for running operations' clean-up, then releases the data root. */
  close(): Promise<void>;
}

export interface VolumeUsage extends ListedVolume {
  /** Bytes. */
  readonly size: number;
}

export interface EngineUsage extends DiskUsage {
  /** Least recently used first. */
  readonly buildCache: readonly CacheUsage[];
  /** Newest first, with their sizes. */
  readonly containers: readonly ContainerSummary[];
  /** Oldest first. */
  readonly volumes: readonly VolumeUsage[];
}
