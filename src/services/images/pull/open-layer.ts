import { isEngineError, notFound, throwIfAborted } from "#errors";
import { isForeignLayerType } from "#oci";
import type { Descriptor } from "#oci";
import { registryDetailsOf } from "#registry";
import type { FetchBlobOptions } from "#registry";
import type { ImageDeps } from "../image-deps.ts";
import type { Source } from "./pull-reference.ts";

/** Some images name dozens; the first that answers is taken. */
const MAX_PLACES = 8;

/** The bytes of a layer from `offset` on; of a foreign one that the registry does not have, from where its descriptor says. */
export async function openLayer(
  { deps, repository }: Source,
  layer: Descriptor,
  options: FetchBlobOptions,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    return (await repository.fetchBlob(layer, options)).stream;
  } catch (error) {
    const { mediaType, urls = [] } = layer;
    if (registryDetailsOf(error).status !== 404 || !isForeignLayerType(mediaType) || urls.length === 0) throw error;
    return openElsewhere(deps, layer, options);
  }
}

/** Anonymously: whoever wrote the manifest chose these places. */
async function openElsewhere({ fetchUrl }: ImageDeps, layer: Descriptor, options: FetchBlobOptions): Promise<AsyncIterable<Uint8Array>> {
  const { signal, offset = 0 } = options;
  const failures: string[] = [];
  for (const url of (layer.urls ?? []).slice(0, MAX_PLACES)) {
    try {
      const { body } = await fetchUrl(url, { signal });
      return part(body, offset, layer.size);
    } catch (error) {
      throwIfAborted(signal);
      if (!isEngineError(error)) throw error;
      failures.push(error.message);
    }
  }
  throw notFound(`unknown blob\ncannot fetch the foreign layer ${layer.digest}: ${failures.join("; ")}`);
}

/** Nothing beyond the declared size is wanted of a stranger. */
async function* part(body: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of body) {
    const wanted = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += chunk.byteLength;
    if (wanted.byteLength > 0) yield wanted;
    if (at > end) return;
  }
}
