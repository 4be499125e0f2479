import { invalidArgument } from "#errors";
import type { EngineError } from "#errors";
import type { Compression } from "./compression.ts";

/** Takes the next uncompressed piece; a promise asks the codec to wait. */
export type PieceSink = (piece: Uint8Array) => void | Promise<void>;

/** One compression's decoder. Calls come one at a time, each after the last has settled. */
export interface Codec {
  write(chunk: Uint8Array): Promise<void>;
  /** @throws invalid-argument `unexpected EOF` when the input ended too early. */
  end(): Promise<void>;
  /** Frees what it holds; a call under way fails. */
  abort(): void;
}

export function corrupt(compression: Compression, reason: string, cause?: unknown): EngineError {
  return invalidArgument(`cannot decompress ${compression} data: ${reason}`, cause === undefined ? undefined : { cause });
}
