import type { EngineError } from "#errors";
import type { Descriptor, Digest, ManifestDocument } from "#oci";
import type { CredentialSource } from "./credentials.ts";

export interface RepositoryOptions {
  readonly credentials?: CredentialSource;
  /** Told before every second of every wait, so that people can see why nothing moves. */
  readonly onRetry?: (retry: RetryNotice) => void;
  /** Told when an endpoint (a mirror, HTTPS on an insecure host) is given up for the next. */
  readonly onFallback?: (fallback: FallbackNotice) => void;
}

export interface RetryNotice {
  readonly operation: string;
  readonly host: string;
  /** The attempt that comes, from 2. */
  readonly attempt: number;
  readonly attempts: number;
  /** Milliseconds of the whole wait. */
  readonly delay: number;
  /** Whole seconds that are left of it; 1 is the last. */
  readonly seconds: number;
  readonly reason: EngineError;
  /** The blob in transfer, if it is one. */
  readonly digest?: Digest;
}

export interface FallbackNotice {
  readonly operation: string;
  /** Origin with path, as configured. */
  readonly from: string;
  readonly to: string;
  readonly reason: EngineError;
}

export interface OperationOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A manifest or index whose bytes hash to `descriptor.digest`. */
export interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly document: ManifestDocument;
  /** `host[:port]` that served it. */
  readonly host: string;
}

export interface FetchBlobOptions extends OperationOptions {
  /** Bytes that are already here; the stream begins behind them. */
  readonly offset?: number;
  /** Stays away from mirrors: one of them has served wrong bytes. */
  readonly originOnly?: boolean;
}

export interface FetchedBlob {
  /**
   * From the wanted offset to the declared size, exactly, or an error: broken connections are taken up again where they
   * broke. The digest is for the receiver to verify. Leaving early closes the connection.
   */
  readonly stream: AsyncIterable<Uint8Array>;
  /** Of the whole blob. */
  readonly size: number;
  /** `host[:port]` of the registry or mirror that serves it. */
  readonly host: string;
  readonly isMirror: boolean;
  /** The registry can begin in the middle; otherwise a broken transfer begins again and discards what is known. */
  readonly resumable: boolean;
}

export interface HasManifestOptions extends OperationOptions {
  /** Not only there, but what this tag stands for. */
  readonly tag?: string;
}

export interface StoredManifest {
  readonly descriptor: Descriptor;
  /** The registry keeps track of the manifest's `subject`; otherwise whoever stores it also calls `addReferrers`. */
  readonly hasReferrers: boolean;
}

export interface UploadOptions extends OperationOptions {
  /** Bytes of the blob that the registry has taken or been sent; falls when a transfer begins again. */
  readonly onProgress?: (sent: number) => void;
}

/** Bytes of a blob from an offset to its end; asked again when a transfer begins again. */
export type BlobSource = (offset: number) => AsyncIterable<Uint8Array>;

/** A blob whose digest is known when all of it has been read. */
export interface GrowingBlob extends AsyncIterable<Uint8Array> {
  readonly result: { readonly digest: Digest; readonly size: number };
}

export interface StreamOptions extends OperationOptions {
  /** By which people know the blob, in notices of retries. */
  readonly label: Digest;
  /** That could not be mounted: what the registry began instead is used. */
  readonly unmounted: Digest | undefined;
}

export interface ListOptions extends OperationOptions {
  /** Longer lists are an error; default 100,000. */
  readonly limit?: number;
}

export interface ReferrersOptions extends OperationOptions {
  readonly artifactType?: string;
}

export interface SearchRequest {
  /** `[host[:port]/]words`. */
  readonly term: string;
  /** At most this many results, 1 to 100. */
  readonly limit?: number;
  readonly credentials?: CredentialSource;
  /** `X-Meta-*` headers of the request that asked. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly isOfficial: boolean;
}

export interface LoginResult {
  /** A refresh token to use instead of the password; empty when the registry gives none. */
  readonly identityToken: string;
  readonly status: string;
}
