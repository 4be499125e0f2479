import type { ApiOptions } from "../api-options.ts";

/** For answers that might never end: a daemon that stops, and has stopped its containers, does not wait for them. */
export function untilDraining({ draining }: Pick<ApiOptions, "draining">, signal: AbortSignal): AbortSignal {
  return draining === undefined ? signal : AbortSignal.any([signal, draining]);
}
