import { isEngineError } from "#errors";
import { imageContent } from "#images";
import type { Hold, ImageContent } from "#images";
import { formatPlatform, samePlatform } from "#oci";
import type { ContainerConfig, Descriptor, ImageId, Platform } from "#oci";
import type { ContainerDeps } from "../container-deps.ts";
import type { ContainerCreateRequest } from "../types.ts";

/** What a container is made of. */
export interface FoundImage {
  readonly id: ImageId | undefined;
  readonly config: ContainerConfig;
  readonly platform: Platform;
  readonly manifest: Descriptor | undefined;
  readonly layers: ImageContent["layers"];
  readonly warning: string | undefined;
}

/** That for this machine, or else, unless a platform was asked for, the one there is. Of no image: nothing at all. */
export async function findImage(deps: ContainerDeps, { config, platform }: ContainerCreateRequest, hold: Hold): Promise<FoundImage> {
  const name = config.Image;
  const own = deps.hostPlatform;
  if (name === "") return { id: undefined, config: {}, platform: own, manifest: undefined, layers: [], warning: undefined };
  try {
    return toFound(await imageContent(deps, name, platform ?? own, hold));
  } catch (error) {
    if (platform !== undefined || !isEngineError(error, "not-found")) throw error;
    const found = toFound(await imageContent(deps, name, undefined, hold));
    if (samePlatform(found.platform, own)) throw error;
    const [actual, host] = [formatPlatform(found.platform), formatPlatform(own)];
    const mismatch = `The requested image's platform (${actual}) does not match the detected host platform (${host})`;
    return { ...found, warning: `${mismatch} and no specific platform was requested` };
  }
}

function toFound({ id, config, manifest, layers }: ImageContent): FoundImage {
  const { os, architecture, variant } = config;
  const platform = { os, architecture, ...(variant !== undefined && { variant }) };
  return { id, config: config.config, platform, manifest, layers, warning: undefined };
}
