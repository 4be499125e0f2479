import { isEngineError, notFound } from "#errors";
import { MAX_CONFIG_SIZE, MAX_MANIFEST_SIZE } from "#oci";
import type { Descriptor } from "#oci";
import { configFailure, configMismatch, registryDetailsOf } from "#registry";
import { readStored } from "../stored-blob.ts";
import type { Source } from "./pull-reference.ts";

/** A manifest or an index: from the store, else from the registry, once. */
export async function readManifest(source: Source, descriptor: Descriptor): Promise<Uint8Array> {
  const known = source.manifests.get(descriptor.digest) ?? (await findDocument(source, descriptor));
  if (known !== undefined) return known;
  const { bytes } = await source.repository.fetchManifest(descriptor, source.options);
  await stageDocument(source, descriptor, bytes);
  source.manifests.set(descriptor.digest, bytes);
  return bytes;
}

/** The config of an image, likewise. */
export async function readConfig(source: Source, descriptor: Descriptor): Promise<Uint8Array> {
  const stored = await findDocument(source, descriptor);
  if (stored !== undefined) return stored;
  const bytes = await fetchConfig(source, descriptor);
  try {
    await stageDocument(source, descriptor, bytes);
  } catch (error) {
    throw isEngineError(error, "data-loss") ? configMismatch(descriptor.digest, error) : error;
  }
  return bytes;
}

/** What turns out to be damaged is as good as absent. */
export async function findDocument({ deps, hold }: Source, { digest, size }: Descriptor): Promise<Uint8Array | undefined> {
  if (deps.metadata.blobs.find(digest) === undefined) return undefined;
  hold.add(digest);
  try {
    return await readStored(deps, digest, Math.max(size, MAX_CONFIG_SIZE, MAX_MANIFEST_SIZE));
  } catch (error) {
    if (isEngineError(error, "data-loss")) return undefined;
    throw error;
  }
}

/** For what a registry says of an image and has lost: no reason not to have the image. */
export async function orAbsent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    // Of a registry that has no words for it, the status alone says so.
    if (isEngineError(error, "not-found") || registryDetailsOf(error).status === 404) return undefined;
    throw error;
  }
}

async function fetchConfig({ repository, options }: Source, descriptor: Descriptor): Promise<Uint8Array> {
  if (descriptor.size > MAX_CONFIG_SIZE) {
    throw notFound(`cannot pull: the image config has ${descriptor.size} bytes, expected at most ${MAX_CONFIG_SIZE}`);
  }
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of (await repository.fetchBlob(descriptor, options)).stream) chunks.push(chunk);
  } catch (error) {
    throw configFailure(error);
  }
  return Buffer.concat(chunks);
}

/** The bytes are verified against the digest on their way in. */
async function stageDocument({ deps, hold, staged, blobs }: Source, { digest }: Descriptor, bytes: Uint8Array): Promise<void> {
  hold.add(digest);
  if (deps.metadata.blobs.find(digest) !== undefined) return;
  const blob = await deps.content.stage(bytes, { digest });
  blobs.defer(() => deps.content.discard([blob]));
  staged.set(digest, blob);
}
