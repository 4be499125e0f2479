import type { ContainerConfig } from "./image-config.ts";

/** Docker's `Config` of a container: what the image says of how it starts, what the user said, and what only containers have. */
export interface ContainerSettings extends ContainerConfig {
  readonly Hostname: string;
  readonly Domainname: string;
  readonly AttachStdin: boolean;
  readonly AttachStdout: boolean;
  readonly AttachStderr: boolean;
  readonly Tty: boolean;
  /** Whether input stays open while nobody is attached. */
  readonly OpenStdin: boolean;
  /** Whether input ends when the first who was attached leaves. */
  readonly StdinOnce: boolean;
  /** The image as it was named. */
  readonly Image: string;
  readonly NetworkDisabled?: boolean;
  readonly MacAddress?: string;
  /** Seconds between the stop signal and SIGKILL. */
  readonly StopTimeout?: number;
}
