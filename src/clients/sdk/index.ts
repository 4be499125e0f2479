/**
 * The typed client: one method per operation of the Engine's image API, named as Docker's own clients name them.
 *
 * Promises: nothing is sent that the spoken API version does not know; streams are async iterables that throw what
 * the engine reports in them; every call takes a signal. Failures are `EngineError`, as the engine throws them
 * in-process, so that a program handles both faces alike: `kind` says what to do, `message` is Docker's, and
 * `details.status` is the HTTP status when the engine answered with one. Needs nothing but Node; the verbs need not
 * even that, only a `Transport`. Knows the wire, and nothing of how an engine works.
 */
export { EngineError, isEngineError } from "#errors";
export type { ErrorKind } from "#errors";
export { MAX_API_VERSION, MIN_API_VERSION } from "#wire";
export type {
  AttestationJson,
  BuildPruneJson,
  DescriptorJson,
  DiskUsageJson,
  DiskUsageType,
  EventJson,
  ImageConfigJson,
  ImageHistoryJson,
  ImageInspectJson,
  ImagePruneJson,
  ImageRemovalJson,
  ImageSearchJson,
  ImageSummaryJson,
  InfoJson,
  ManifestSummaryJson,
  PlatformJson,
  ProgressDetailJson,
  UsageJson,
  VersionJson,
} from "#wire";
export { Client } from "./client.ts";
export type { ClientOptions } from "./client.ts";
export type { Credentials } from "./credentials.ts";
export { connect } from "./node/connect.ts";
export type { ConnectOptions } from "./node/connect.ts";
export type { Tls } from "./node/http-transport.ts";
export type { Progress } from "./progress.ts";
export type { Cancellable } from "./session.ts";
export { resultOf } from "./stream.ts";
export type { Stream } from "./stream.ts";
export type { HttpRequest, HttpResponse, Transport } from "./transport.ts";
export type { EventFilters, EventsOptions } from "./verbs/events.ts";
export type { ImageAttestationsOptions } from "./verbs/image-attestations.ts";
export type { BuildLimits, BuiltImage, Bytes, ImageBuildArchiveOptions, ImageBuildOptions } from "./verbs/image-build.ts";
export type { ImageBuildPruneFilters, ImageBuildPruneOptions } from "./verbs/image-build-prune.ts";
export type { CommittedImage, ImageCommitOptions } from "./verbs/image-commit.ts";
export type { CopiedImage, CopiedImages, ImageCopyOptions } from "./verbs/image-copy.ts";
export type { ImageImportOptions, ImagePullOptions, ImportedImage, PulledImages } from "./verbs/image-create.ts";
export type { ImageDeleteOptions } from "./verbs/image-delete.ts";
export type { ImageGetOptions } from "./verbs/image-get.ts";
export type { ImageHistoryOptions } from "./verbs/image-history.ts";
export type { ImageInspectOptions } from "./verbs/image-inspect.ts";
export type { ImageListFilters, ImageListOptions } from "./verbs/image-list.ts";
export type { ImageLoadOptions, LoadedImages } from "./verbs/image-load.ts";
export type { ImagePruneFilters, ImagePruneOptions } from "./verbs/image-prune.ts";
export type { ImagePushOptions, PushedTag } from "./verbs/image-push.ts";
export type { ImageSearchFilters, ImageSearchOptions } from "./verbs/image-search.ts";
export type { ImageTagTarget } from "./verbs/image-tag.ts";
export type { Ping } from "./verbs/ping.ts";
export type { SystemDfOptions } from "./verbs/system-df.ts";
