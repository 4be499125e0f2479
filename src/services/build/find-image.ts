import { isEngineError } from "#errors";
import { imageContent, pullImages } from "#images";
import type { ImageContent, PullEvent } from "#images";
import { canonical, parseReference, withDefaultTag } from "#oci";
import type { Platform } from "#oci";
import type { SourceRange } from "#dockerfile";
import type { Build } from "./build.ts";
import { checkImage, platformOf } from "./check-dockerfile.ts";
import type { BuildLayer } from "./trees/layer-files.ts";
import type { Progress } from "./progress.ts";

export interface BaseImage extends Pick<ImageContent, "id" | "config"> {
  readonly layers: readonly BuildLayer[];
}

type Finding = Pick<Build, "deps" | "request" | "hold">;

/** An image as an instruction names it. */
export interface WantedImage {
  readonly name: string;
  readonly platform: Platform;
  /** Of the instruction. */
  readonly range: SourceRange;
}

/**
 * Finds an image to build on: here, else at its registry, and there first if the request says so. A registry that has one for
 * another platform, and no other, gives that, which is told.
 */
export async function findImage(build: Build, wanted: WantedImage, progress: Progress): Promise<BaseImage> {
  const { name, platform } = wanted;
  if (build.request.pull !== true || isId(name)) {
    const local = await findLocal(build, name, platform);
    if (local !== undefined) return toBase(local);
  }
  for await (const event of pull(build, name, platform)) progress.put({ type: "pull", event });
  const pulled = (await findLocal(build, name, platform)) ?? (await imageContent(build.deps, name, undefined, build.hold));
  for (const event of checkImage(build, wanted, platformOf(pulled.config))) progress.put(event);
  return toBase(pulled);
}

export async function findLocal({ deps, hold }: Finding, name: string, platform: Platform): Promise<ImageContent | undefined> {
  try {
    return await imageContent(deps, name, platform, hold);
  } catch (error) {
    if (isEngineError(error, "not-found")) return undefined;
    throw error;
  }
}

/** With the credentials that came with the build. */
export async function* pull(
  { deps, request, signal }: Finding & Pick<Build, "signal">,
  name: string,
  platform: Platform,
): AsyncGenerator<PullEvent> {
  const image = canonical(withDefaultTag(parseReference(name)));
  const { credentials } = request;
  yield* pullImages(deps, { image, platform, ...(credentials !== undefined && { credentials }) }, { signal });
}

function toBase({ id, config, layers }: ImageContent): BaseImage {
  const parts = layers.map(({ descriptor: { digest: blob, size, mediaType }, diffId }) => ({ diffId, blob, size, mediaType }));
  return { id, config, layers: parts };
}

/** An image's own ID names nothing at a registry. */
export function isId(name: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{12,64}$/.test(name);
}
