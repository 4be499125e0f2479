import type { Limit } from "#async";
import type { CompressionFormat, Compressor } from "#compression";
import type { Content } from "#content";
import type { DiskReserve } from "#disk";
import type { EventJournal } from "#events";
import type { FetchUrl } from "#fetch";
import type { Layers } from "#layers";
import type { Metadata } from "#metadata";
import type { ImageId, Platform } from "#oci";
import type { Registries } from "#registry";
import type { Catalog } from "./catalog.ts";
import type { Holds } from "./holds.ts";
import type { SharedDownloads } from "./pull/shared-downloads.ts";

/** What the verbs stand on, introduced to each other in `open-engine.ts`. */
export interface ImageDeps {
  readonly content: Content;
  readonly layers: Layers;
  readonly metadata: Metadata;
  readonly catalog: Catalog;
  readonly holds: Holds;
  readonly events: EventJournal;
  readonly registries: Registries;
  readonly fetchUrl: FetchUrl;
  readonly downloads: SharedDownloads;
  readonly compressor: Compressor;
  /** How plain layers leave for a registry. */
  readonly pushFormat: CompressionFormat;
  readonly users: ImageUsers;
  readonly reserve: Pick<DiskReserve, "release" | "fill">;
  /** What this machine runs: decides which manifest of an index is "the" image. */
  readonly hostPlatform: Platform;
  readonly now: () => Date;
  /**
   * One at a time: making blobs visible together with their records, and removing records together with their
   * blobs. Otherwise a blob could be stored again while its removal is still under way.
   */
  readonly exclusively: Limit;
}

/** Who uses an image; asked of the containers. */
export interface ImageUsers {
  usersOf(image: ImageId): readonly ImageUser[];
}

export interface ImageUser {
  readonly containerId: string;
  readonly isRunning: boolean;
  /** The image name as it was typed when the container was created. */
  readonly reference: string;
}
