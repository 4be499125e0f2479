import type { Host } from "./host.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "fatal";
export type PushCompression = "gzip" | "zstd";
export type LogFormat = "text" | "json";

/** Everything that can be chosen about a running daemon, checked and frozen. */
export interface Config {
  /** Never empty. TCP hosts are either covered by `tls` or on loopback with `insecureLoopbackTcp`. */
  readonly hosts: readonly Host[];
  /** May use the unix sockets besides the owner. `isRequired` when somebody asked for it by name. */
  readonly group: { readonly name: string; readonly isRequired: boolean } | undefined;
  readonly tls: TlsFiles | undefined;
  readonly insecureLoopbackTcp: boolean;
  /** Absolute. */
  readonly dataRoot: string;
  readonly registries: RegistryConfig;
  /** As the environment says; absent members: directly. */
  readonly proxy: ProxyConfig;
  /** Bytes; absent: shares of the disk. */
  readonly buildCacheLimit: number | undefined;
  /** `RUN --security=insecure` gets what it asks for. */
  readonly allowInsecureBuilds: boolean;
  /** Clients of `/v2/` may delete. */
  readonly registryDelete: boolean;
  readonly pidFile: string | undefined;
  /** `key=value`, each key once. */
  readonly labels: readonly string[];
  /** `Infinity` waits for ever. */
  readonly shutdownTimeoutMs: number;
  readonly debug: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/** PEM files, as absolute paths. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface ProxyConfig {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  /** Hosts that are reached directly, separated by commas. */
  readonly noProxy?: string;
}

export interface RegistryConfig {
  /** Hosts (`name[:port]`) and CIDRs that need no TLS. */
  readonly insecure: readonly string[];
  /** URLs that end with a slash. */
  readonly mirrors: readonly string[];
  readonly maxConcurrentDownloads: number;
  readonly maxConcurrentUploads: number;
  readonly maxDownloadAttempts: number;
  /** Of layers that are stored plain. */
  readonly pushCompression: PushCompression;
}
