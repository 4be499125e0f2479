import { dataLoss, invalidArgument } from "#errors";
import { algorithmOf, createDigester, isImageConfigType, MAX_CONFIG_SIZE, parseImageConfig } from "#oci";
import type { ImageManifest, Platform } from "#oci";
import type { OperationOptions, Repository } from "#registry";

/** What an image's config says that it runs on; `undefined` for what is no image. */
export async function configPlatform(
  repository: Repository,
  { config }: ImageManifest,
  options: OperationOptions,
): Promise<Platform | undefined> {
  const { digest, mediaType, size } = config;
  if (!isImageConfigType(mediaType)) return undefined;
  if (size > MAX_CONFIG_SIZE) throw invalidArgument(`the image config has ${size} bytes, expected at most ${MAX_CONFIG_SIZE}`);
  const digester = createDigester(algorithmOf(digest));
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await repository.fetchBlob(config, options)).stream) {
    digester.update(chunk);
    chunks.push(chunk);
  }
  if (digester.digest() !== digest) throw dataLoss(`the bytes that came are not those of ${digest}`);
  const { os, architecture, variant } = parseImageConfig(Buffer.concat(chunks));
  return { os, architecture, ...(variant !== undefined && { variant }) };
}
