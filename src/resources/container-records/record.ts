import type { ContainerSettings, Descriptor, DiffId, Digest, HostConfig, ImageId, Platform } from "#oci";

/** Everything that is known of a container and outlives the engine. Times are RFC 3339. */
export interface ContainerRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Without the slash that Docker shows before it. */
  readonly name: string;
  readonly created: string;
  /** `undefined`: made of no image at all. */
  readonly image: ImageId | undefined;
  readonly platform: Platform;
  /** The manifest that it was made of. */
  readonly manifest: Descriptor | undefined;
  /** Base first. They are kept for as long as the container is. */
  readonly layers: readonly ContainerLayer[];
  /** The program and its arguments, of entrypoint and command. */
  readonly path: string;
  readonly args: readonly string[];
  readonly config: ContainerSettings;
  readonly hostConfig: HostConfig;
  readonly endpoints: readonly Endpoint[];
  readonly mounts: readonly MountPoint[];
  readonly state: ContainerState;
  readonly restartCount: number;
}

export interface ContainerLayer {
  readonly diffId: DiffId;
  /** The blob that holds it, compressed or not, and its bytes. */
  readonly blob: Digest;
  readonly size: number;
  readonly mediaType: string;
}

/** A place in a network; only `none`, `host` and the private one of its own are there so far. */
export interface Endpoint {
  readonly network: string;
  readonly aliases: readonly string[] | null;
  /** As it was asked for; empty when it was not. */
  readonly macAddress: string;
}

/** What is laid over the container's own files. */
export interface MountPoint {
  readonly type: "bind" | "volume" | "tmpfs";
  /** Of a volume. */
  readonly name?: string;
  /** On the machine. */
  readonly source: string;
  readonly destination: string;
  readonly driver?: string;
  /** As it was written behind the last colon. */
  readonly mode: string;
  readonly isWritable: boolean;
  readonly propagation: string;
  /** Of the machine: made as a directory when it is not there at a start. */
  readonly isMadeIfMissing?: boolean;
  /** A volume that came with the container, and goes with it when that is asked for. */
  readonly isAnonymous?: boolean;
  /** A volume that does not begin with what the image has in its place. */
  readonly isLeftEmpty?: boolean;
}

export interface ContainerState {
  readonly status: "created" | "running" | "paused" | "exited" | "dead";
  /** 0 while it never ran. */
  readonly exitCode: number;
  /** Why it did not start. */
  readonly error: string;
  readonly isOomKilled: boolean;
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
}
