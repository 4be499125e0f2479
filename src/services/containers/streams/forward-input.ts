import type { ProcessInput } from "#runtime";
import { DetachScanner } from "./detach-keys.ts";

export interface ForwardOptions {
  /** What to look for; `undefined` when everything passes. */
  readonly keys: Uint8Array | undefined;
  /** The end of what is sent is the end of what the process reads. */
  readonly closesInput: boolean;
}

/**
 * Hands on what somebody sends to a process that may not have started yet, as fast as it reads; what one sends that takes
 * no input is dropped. Never rejects: a sender that breaks off has ended.
 */
export async function forwardInput(
  chunks: AsyncIterable<Uint8Array>,
  input: Promise<ProcessInput | undefined>,
  { keys, closesInput }: ForwardOptions,
): Promise<"ended" | "detached"> {
  const scanner = keys === undefined ? undefined : new DetachScanner(keys);
  try {
    for await (const chunk of chunks) {
      const { bytes, isDetached } = scanner?.scan(chunk) ?? { bytes: chunk, isDetached: false };
      if (bytes.length > 0) await (await input)?.write(bytes);
      if (isDetached) return "detached";
    }
  } catch {
    // A sender that broke off, or a process that stopped reading: either way there is no more to hand on.
  }
  if (closesInput) (await input)?.end();
  return "ended";
}
