import type { ErrorKind } from "#errors";
import type { ReceiveOptions, ReceivedBlob } from "./received-blob.ts";

/** What the engine's thread tells the ingest worker. Buffers travel with their ownership and come back with `consumed`. */
export type ToWorker =
  | { readonly type: "begin"; readonly id: number; readonly path: string | undefined; readonly options: ReceiveOptions }
  | { readonly type: "chunk"; readonly id: number; readonly buffer: ArrayBuffer; readonly length: number }
  | { readonly type: "finish"; readonly id: number }
  | { readonly type: "abort"; readonly id: number };

export type FromWorker =
  | { readonly type: "resumed"; readonly id: number; readonly offset: number }
  | { readonly type: "consumed"; readonly id: number; readonly buffer: ArrayBuffer }
  | { readonly type: "finished"; readonly id: number; readonly blob: ReceivedBlob }
  | { readonly type: "aborted"; readonly id: number }
  | { readonly type: "failed"; readonly id: number; readonly failure: Failure };

/** An error as it crosses threads: `kind` is absent for bugs. */
export interface Failure {
  readonly kind: ErrorKind | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}
