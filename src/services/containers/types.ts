import type { ContainerRecord } from "#container-records";
import type { ContainerConfig, ContainerSettings, HostConfig, ImageId, Platform } from "#oci";
import type { PathStat } from "#root-files";

export interface ContainerCreateRequest {
  /** Without one a container gets two words that nobody has. */
  readonly name?: string;
  /** By default this machine's, or else the one that the image has. */
  readonly platform?: Platform;
  readonly config: ContainerSettings;
  readonly hostConfig: HostConfig;
  /** Wishes for places in networks, by the network's name. */
  readonly endpoints?: Readonly<Record<string, EndpointRequest>>;
}

export interface EndpointRequest {
  readonly aliases: readonly string[] | null;
  readonly macAddress: string;
  /** Addresses that were asked for, as they were written. */
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface ContainerCreateResult {
  readonly id: string;
  /** For people, in Docker's words. */
  readonly warnings: readonly string[];
}

export interface ContainerRemoveRequest {
  /** A running one is killed. */
  readonly force?: boolean;
  /** Its anonymous volumes go, too. */
  readonly volumes?: boolean;
  /** Remove a link instead; there are none. */
  readonly link?: boolean;
}

/** A row of the list. */
export interface ContainerSummary {
  readonly record: ContainerRecord;
  /** The image as it was named, or its ID when that name stands for another one by now. */
  readonly image: string;
  /** Docker's sentence: `Up 3 minutes (healthy)`. */
  readonly status: string;
  readonly health: ContainerHealth | undefined;
  /** Undefined unless asked for. */
  readonly sizes: ContainerSizes | undefined;
}

/** Bytes. */
export interface ContainerSizes {
  /** Of what the container changed. */
  readonly changes: number;
  /** Of that and the image. */
  readonly rootFs: number;
}

/** Of one with a health check. */
export interface ContainerHealth {
  readonly status: "starting" | "healthy" | "unhealthy" | "none";
  readonly failingStreak: number;
  readonly log: readonly { readonly start: string; readonly end: string; readonly exitCode: number; readonly output: string }[];
}

export interface ContainerDetail {
  readonly record: ContainerRecord;
  /** 0 while it does not run. */
  readonly pid: number;
  readonly health: ContainerHealth | undefined;
  readonly folder: string;
  readonly execIds: readonly string[];
  readonly sizes: ContainerSizes | undefined;
}

export interface ContainerListRequest {
  /** Also those that do not run. */
  readonly all?: boolean;
  /** At most so many, the newest, running or not; 0 for no limit. */
  readonly limit?: number;
  readonly size?: boolean;
  readonly filters?: ContainerFilters;
}

/** Every given key holds, by one of its values. */
export interface ContainerFilters {
  readonly ids?: readonly string[];
  /** Regular expressions. */
  readonly names?: readonly string[];
  /** `key` or `key=value`; all must match. */
  readonly labels?: readonly string[];
  readonly statuses?: readonly string[];
  readonly exitCodes?: readonly number[];
  readonly health?: readonly string[];
  /** Containers: those made before, or after them. */
  readonly before?: readonly string[];
  readonly since?: readonly string[];
  /** Images whose containers, and those of their descendants, are meant. */
  readonly ancestors?: readonly string[];
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  /** Ports: `80`, `80/udp`, `8000-8010/tcp`. */
  readonly exposed?: readonly string[];
  readonly published?: readonly string[];
}

export interface ContainerPruneRequest {
  readonly until?: Date;
  readonly labels?: readonly string[];
  readonly notLabels?: readonly string[];
}

export interface ContainerPruneResult {
  readonly removed: readonly string[];
  readonly reclaimed: number;
}

export interface ContainerArchive {
  readonly stat: PathStat;
  /** The top entry has the name of the path. */
  readonly archive: AsyncIterable<Uint8Array>;
}

export interface ArchiveWriteRequest {
  /** Of a directory that is there. */
  readonly path: string;
  /** A tar, compressed or not. */
  readonly archive: AsyncIterable<Uint8Array>;
  /** Refuses to put a file in the place of a directory, and the other way round. */
  readonly keepsKinds?: boolean;
  /** Everything becomes that of the user whom the container runs as; default as the tar says. */
  readonly givesToUser?: boolean;
}

export interface CommitRequest {
  /** Without one the image has no name. */
  readonly repository?: string;
  /** Default `latest`. */
  readonly tag?: string;
  readonly comment?: string;
  readonly author?: string;
  /** Whether processes stand still meanwhile. Default true. */
  readonly pause?: boolean;
  /** Dockerfile instructions; each may hold several lines. */
  readonly changes?: readonly string[];
  /** In place of the container's own, which fills what is missing in it. */
  readonly config?: ContainerConfig;
}

export interface CommitResult {
  readonly id: ImageId;
}
