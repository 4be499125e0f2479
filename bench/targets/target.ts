import type { EngineClient } from "../http/engine-client.ts";

/** In the order of the table's columns; the first that is present is what the others are compared with. */
export const TARGET_NAMES = ["slipway", "dockerd", "containerd", "podman"] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

/** An engine under measurement. Closing it ends only what the bench has started. */
export interface Target extends AsyncDisposable {
  readonly name: TargetName;
  /** Version and storage driver, for the head of the report. */
  readonly description: string;
  readonly client: EngineClient;
  /** Of the daemon, when known: without it memory and processor time are not measured. */
  readonly pid: number | undefined;
  /** Starts one more daemon of this kind on `dataRoot`; absent where the bench was only given a socket. */
  readonly launch: ((dataRoot: string) => Promise<Daemon>) | undefined;
}

/** A daemon that the bench has started. Closing it ends the process and leaves the data root. */
export interface Daemon extends AsyncDisposable {
  readonly client: EngineClient;
  readonly pid: number;
  /** From the call that makes the process until the first answer has been read. */
  readonly firstAnswerMs: number;
}
