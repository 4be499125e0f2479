import type { EventJournal } from "#events";
import type { Images, ListedImage } from "#images";

/** The whole engine in this process: one method per verb, no HTTP between. Close it with `await using` or `close()`. */
export interface Engine extends AsyncDisposable {
  /** A UUID given to the data root when it was made. */
  readonly id: string;
  readonly dataRoot: string;
  readonly images: Images;
  readonly events: Pick<EventJournal, "subscribe">;
  diskUsage(): Promise<DiskUsage>;
  /** Waits for running operations' clean-up, then releases the data root. */
  close(): Promise<void>;
}

/** What is stored, with real sharing and users, for `GET /system/df`. Sizes in bytes. */
export interface DiskUsage {
  /** Uncompressed bytes of every layer, each counted once. */
  readonly layersSize: number;
  /** Rows as `list({ all: false, sharedSize: true })` gives them. */
  readonly images: readonly ListedImage[];
}
