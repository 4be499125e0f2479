import type {
  AttestationJson,
  BuildPruneJson,
  DiskUsageJson,
  EventJson,
  ImageHistoryJson,
  ImageInspectJson,
  ImagePruneJson,
  ImageRemovalJson,
  ImageSearchJson,
  ImageSummaryJson,
  InfoJson,
  VersionJson,
} from "#wire";
import { chosenApiVersion, negotiate } from "./api-version.ts";
import type { Progress } from "./progress.ts";
import type { Cancellable, Session } from "./session.ts";
import type { Stream } from "./stream.ts";
import type { Transport } from "./transport.ts";
import { events } from "./verbs/events.ts";
import type { EventsOptions } from "./verbs/events.ts";
import { imageAttestations } from "./verbs/image-attestations.ts";
import type { ImageAttestationsOptions } from "./verbs/image-attestations.ts";
import { imageBuild, imageBuildArchive } from "./verbs/image-build.ts";
import type { BuiltImage, ImageBuildArchiveOptions, ImageBuildOptions } from "./verbs/image-build.ts";
import { imageBuildPrune } from "./verbs/image-build-prune.ts";
import type { ImageBuildPruneOptions } from "./verbs/image-build-prune.ts";
import { imageCommit } from "./verbs/image-commit.ts";
import type { CommittedImage, ImageCommitOptions } from "./verbs/image-commit.ts";
import { imageCopy } from "./verbs/image-copy.ts";
import type { CopiedImages, ImageCopyOptions } from "./verbs/image-copy.ts";
import { imageImport, imagePull } from "./verbs/image-create.ts";
import type { ImageImportOptions, ImagePullOptions, ImportedImage, PulledImages } from "./verbs/image-create.ts";
import { imageDelete } from "./verbs/image-delete.ts";
import type { ImageDeleteOptions } from "./verbs/image-delete.ts";
import { imageGet, imageGetAll } from "./verbs/image-get.ts";
import type { ImageGetOptions } from "./verbs/image-get.ts";
import { imageHistory } from "./verbs/image-history.ts";
import type { ImageHistoryOptions } from "./verbs/image-history.ts";
import { imageInspect } from "./verbs/image-inspect.ts";
import type { ImageInspectOptions } from "./verbs/image-inspect.ts";
import { imageList } from "./verbs/image-list.ts";
import type { ImageListOptions } from "./verbs/image-list.ts";
import { imageLoad } from "./verbs/image-load.ts";
import type { ImageLoadOptions, LoadedImages } from "./verbs/image-load.ts";
import { imagePrune } from "./verbs/image-prune.ts";
import type { ImagePruneOptions } from "./verbs/image-prune.ts";
import { imagePush } from "./verbs/image-push.ts";
import type { ImagePushOptions, PushedTag } from "./verbs/image-push.ts";
import { imageSearch } from "./verbs/image-search.ts";
import type { ImageSearchOptions } from "./verbs/image-search.ts";
import { imageTag } from "./verbs/image-tag.ts";
import type { ImageTagTarget } from "./verbs/image-tag.ts";
import { info } from "./verbs/info.ts";
import { ping } from "./verbs/ping.ts";
import type { Ping } from "./verbs/ping.ts";
import { systemDf } from "./verbs/system-df.ts";
import type { SystemDfOptions } from "./verbs/system-df.ts";
import { version } from "./verbs/version.ts";

export interface ClientOptions extends Cancellable {
  /** Speak this version instead of the highest that both ends know; then nothing is asked before the first call. */
  readonly apiVersion?: string;
}

/** One method per operation of an engine; each is a file of its own in `verbs`. A `name` is whatever a user types. */
export class Client implements AsyncDisposable {
  readonly #session: Session;

  /** Owns `transport` from here on, also when it fails. */
  static async open(transport: Transport, { apiVersion, signal }: ClientOptions = {}): Promise<Client> {
    try {
      if (apiVersion !== undefined) return new Client({ transport, apiVersion: chosenApiVersion(apiVersion) });
      const offered = (await ping(transport, { signal })).apiVersion;
      return new Client({ transport, apiVersion: negotiate(offered, transport.address) });
    } catch (error) {
      await transport[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(session: Session) {
    this.#session = session;
  }

  /** The version that is spoken: `1.51`. */
  get apiVersion(): string {
    return this.#session.apiVersion;
  }

  get address(): string {
    return this.#session.transport.address;
  }

  imageList(options?: ImageListOptions): Promise<readonly ImageSummaryJson[]> {
    return imageList(this.#session, options);
  }

  imageInspect(name: string, options?: ImageInspectOptions): Promise<ImageInspectJson> {
    return imageInspect(this.#session, name, options);
  }

  imageHistory(name: string, options?: ImageHistoryOptions): Promise<readonly ImageHistoryJson[]> {
    return imageHistory(this.#session, name, options);
  }

  imageTag(name: string, target: ImageTagTarget): Promise<void> {
    return imageTag(this.#session, name, target);
  }

  imageCommit(container: string, options?: ImageCommitOptions): Promise<CommittedImage> {
    return imageCommit(this.#session, container, options);
  }

  imageDelete(name: string, options?: ImageDeleteOptions): Promise<readonly ImageRemovalJson[]> {
    return imageDelete(this.#session, name, options);
  }

  imagePrune(options?: ImagePruneOptions): Promise<ImagePruneJson> {
    return imagePrune(this.#session, options);
  }

  imageGet(name: string, options?: ImageGetOptions): Promise<Stream<Uint8Array>> {
    return imageGet(this.#session, name, options);
  }

  imageGetAll(names: readonly string[], options?: ImageGetOptions): Promise<Stream<Uint8Array>> {
    return imageGetAll(this.#session, names, options);
  }

  imageLoad(archive: AsyncIterable<Uint8Array>, options?: ImageLoadOptions): AsyncGenerator<Progress, LoadedImages> {
    return imageLoad(this.#session, archive, options);
  }

  /** Pulls or imports, as Docker's endpoint does. */
  imageCreate(options: ImagePullOptions): AsyncGenerator<Progress, PulledImages>;
  imageCreate(options: ImageImportOptions): AsyncGenerator<Progress, ImportedImage>;
  imageCreate(options: ImagePullOptions | ImageImportOptions): AsyncGenerator<Progress, PulledImages | ImportedImage> {
    return "fromImage" in options ? imagePull(this.#session, options) : imageImport(this.#session, options);
  }

  imagePush(name: string, options?: ImagePushOptions): AsyncGenerator<Progress, { readonly pushed: readonly PushedTag[] }> {
    return imagePush(this.#session, name, options);
  }

  imageBuild(options: ImageBuildOptions): AsyncGenerator<Progress, BuiltImage> {
    return imageBuild(this.#session, options);
  }

  imageBuildArchive(options: ImageBuildArchiveOptions): Promise<Stream<Uint8Array>> {
    return imageBuildArchive(this.#session, options);
  }

  imageBuildPrune(options?: ImageBuildPruneOptions): Promise<BuildPruneJson> {
    return imageBuildPrune(this.#session, options);
  }

  /** From registry to registry; only Slipway can. */
  imageCopy(options: ImageCopyOptions): AsyncGenerator<Progress, CopiedImages> {
    return imageCopy(this.#session, options);
  }

  imageSearch(options: ImageSearchOptions): Promise<readonly ImageSearchJson[]> {
    return imageSearch(this.#session, options);
  }

  imageAttestations(name: string, options?: ImageAttestationsOptions): Promise<readonly AttestationJson[]> {
    return imageAttestations(this.#session, name, options);
  }

  ping(options?: Cancellable): Promise<Ping> {
    return ping(this.#session.transport, options);
  }

  version(options?: Cancellable): Promise<VersionJson> {
    return version(this.#session, options);
  }

  info(options?: Cancellable): Promise<InfoJson> {
    return info(this.#session, options);
  }

  events(options?: EventsOptions): Promise<Stream<EventJson>> {
    return events(this.#session, options);
  }

  systemDf(options?: SystemDfOptions): Promise<DiskUsageJson> {
    return systemDf(this.#session, options);
  }

  /** Ends every exchange that is still open. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#session.transport[Symbol.asyncDispose]());
  }
}
