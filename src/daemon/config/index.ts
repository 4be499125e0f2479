/**
 * What the daemon was asked to do: dockerd's flags and file, checked together, as one frozen value.
 *
 * Promises: all mistakes are told in one message; nothing that was given is ignored; no TCP address gets through
 * that strangers could use. The only place that looks at flags, environment and defaults.
 */
export type { Config, LogFormat, LogLevel, RegistryConfig, TlsFiles } from "./config.ts";
export { helpText } from "./help-text.ts";
export { formatHost } from "./host.ts";
export type { Host } from "./host.ts";
export { loadCommand } from "./load-config.ts";
export type { Command } from "./load-config.ts";
export { defaultPlaces } from "./places.ts";
export type { Places, Surroundings } from "./places.ts";
