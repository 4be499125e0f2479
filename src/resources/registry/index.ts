/**
 * Remote repositories over HTTP, by the OCI distribution protocol: resolve, fetch, upload, list, search, log in.
 *
 * Promises: a manifest that comes out hashes to its digest, a blob has its declared length; credentials go to one exact
 * scheme, host and port and live as long as their operation; what can be tried again is, a bounded number of times, and
 * then fails in Docker's words. Knows nothing of images, of what is stored here and of who else wants the same.
 */
export type { CredentialSource, RegistryCredentials } from "./credentials.ts";
export { detailsOf as registryDetailsOf, lacksBlob } from "./failure.ts";
export type { FailureDetails } from "./failure.ts";
export { Registries } from "./registries.ts";
export type { HubAddresses, RegistryClock, RegistryConfig, RegistryTimeouts, RetryConfig } from "./registry-config.ts";
export type { Repository } from "./repository.ts";
export type {
  BlobSource,
  FallbackNotice,
  FetchBlobOptions,
  FetchedBlob,
  FetchedManifest,
  HasManifestOptions,
  GrowingBlob,
  ListOptions,
  LoginResult,
  OperationOptions,
  ReferrersOptions,
  RepositoryOptions,
  RetryNotice,
  SearchRequest,
  SearchResult,
  StoredManifest,
  StreamOptions,
  UploadOptions,
} from "./types.ts";
export { askFailure, configFailure, configMismatch, explainFailure, pullFailure, pushFailure } from "./words.ts";
