import type { Logger } from "../logger.ts";
import type { HostFacts } from "./host-facts.ts";

/** What the API tells of the program and the machine, and where it stops. */
export interface ApiOptions {
  /** Slipway's own version. */
  readonly version: string;
  readonly gitCommit?: string;
  /** RFC 3339. */
  readonly buildTime?: string;
  /** The oldest API version that is spoken; by default 1.24. */
  readonly minApiVersion?: string;
  readonly host: HostFacts;
  readonly logger: Pick<Logger, "debug" | "warn" | "error">;
  /** As in force now; `key=value`. */
  readonly labels?: () => readonly string[];
  readonly registries?: RegistryOptions;
  readonly debug?: boolean;
  readonly limits?: Partial<Limits>;
  /** Fires when the daemon stops and no container runs any more: what would go on for ever ends then. */
  readonly draining?: AbortSignal;
  readonly now?: () => Date;
}

export interface RegistryOptions {
  /** Hosts (`name[:port]`) and CIDRs that need no TLS. */
  readonly insecure: readonly string[];
  /** URLs of mirrors of Docker Hub. */
  readonly mirrors: readonly string[];
}

/** In bytes. Headers and URLs are limited by the server itself; bodies of archives only by the disk. */
export interface Limits {
  readonly jsonBody: number;
  readonly formBody: number;
  /** How much of an unread body is read and dropped after the answer, before the connection is cut. */
  readonly unreadBody: number;
}

export const DEFAULT_LIMITS: Limits = {
  jsonBody: 4 * 1024 * 1024,
  // Go's ParseForm stops here.
  formBody: 10 * 1024 * 1024,
  unreadBody: 16 * 1024 * 1024,
};
