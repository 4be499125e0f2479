import type { ProxyConfig } from "#network";

/** Everything that is decided once about registries. Durations in milliseconds. */
export interface RegistryConfig {
  /** `host[:port]` names and CIDRs that may be spoken to without a verified certificate, or by plain HTTP. Loopback always may. */
  readonly insecureRegistries?: readonly string[];
  /** Mirrors of docker.io for pulls, first choice first: `https://mirror.example`. */
  readonly mirrors?: readonly string[];
  /** Directories with `<host[:port]>/{*.crt, *.cert, *.key, hosts.toml}`, read at every operation; the first that has the host counts. */
  readonly certificateDirectories?: readonly string[];
  /** Also for whatever else is fetched for the engine: URLs and git repositories. */
  readonly proxy?: ProxyConfig;
  /** Sent with every request. */
  readonly userAgent?: string;
  readonly timeouts?: Partial<RegistryTimeouts>;
  readonly retry?: Partial<RetryConfig>;
  readonly ranges?: Partial<RangesConfig>;
  /** Layers that travel at a time, over all operations; 0 is without limit. Default 3 and 5. */
  readonly maxConcurrentDownloads?: number;
  readonly maxConcurrentUploads?: number;
  /** Where docker.io really is. */
  readonly hub?: Partial<HubAddresses>;
  readonly clock?: RegistryClock;
}

export interface RegistryTimeouts {
  /** TCP and TLS handshake together. */
  readonly connect: number;
  /** From the request to the head of its response. */
  readonly response: number;
  /** Without a byte of a body. */
  readonly idle: number;
}

export interface RetryConfig {
  /** Of one transfer of a layer, the first included. */
  readonly transferAttempts: number;
  /** Before the second attempt of a transfer; the third waits twice as long, and so on. */
  readonly transferDelay: number;
  /** Of a small request, the first included. */
  readonly requestAttempts: number;
  /** Before the second attempt of a small request; doubles. */
  readonly requestDelay: number;
  /** A registry that asks for more patience (`Retry-After`) is taken at its word, and the operation fails. */
  readonly maxRetryAfter: number;
}

/** How big layers come over several connections, where a registry honours ranges and one connection is slow. Bytes. */
export interface RangesConfig {
  /** Layers of which less than this is missing come over one connection. */
  readonly from: number;
  /** What is asked for at a time, at most. */
  readonly segment: number;
  /** A layer is at least so many segments: what waits for its turn when a pull ends is lost, and shall be little of it. */
  readonly parts: number;
  /** A connection that brings so much a second needs none beside it. */
  readonly fast: number;
  /** At most, for one layer; 1 is never more than one. */
  readonly connections: number;
  /** Segments that wait in memory for their turn, over all layers. */
  readonly waiting: number;
}

export interface HubAddresses {
  /** Origin of the registry. */
  readonly registry: string;
  /** Origin of the index, which searches. */
  readonly index: string;
}

export interface RegistryClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects when `signal` fires. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
}
