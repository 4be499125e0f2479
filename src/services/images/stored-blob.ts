import type { BlobReader, StreamOptions } from "#content";
import { dataLoss, isEngineError } from "#errors";
import { familiar, familiarRepository } from "#oci";
import type { Digest } from "#oci";
import { changeOnFullDisk } from "./change-on-full-disk.ts";
import type { ImageDeps } from "./image-deps.ts";
import { imagesNeeding, originsOf } from "./lost-blobs.ts";

export type StoredDeps = Pick<ImageDeps, "content" | "layers" | "metadata" | "catalog" | "reserve" | "exclusively">;

/** A recorded blob on its way out; nothing of it that is damaged goes as if it were sound. */
export interface StoredBlob extends AsyncDisposable {
  /** Bytes. */
  readonly size: number;
  /**
   * From `start` up to, not including, `end`. The whole blob is verified, and breaks off before its last bytes when they
   * are wrong; a part cannot be.
   *
   * @throws data-loss with the images that need the blob, after putting it aside.
   */
  stream(options?: StreamOptions): AsyncIterable<Uint8Array>;
  /** The next bytes, to the beginning of `into`; none at the end, which comes only to a blob that is sound. @throws as `stream`. */
  read(into: Uint8Array): Promise<number>;
}

/** @throws data-loss as `StoredBlob.stream`, for what shows before reading: a file that is missing, or longer or shorter than it was. */
export async function openStored(deps: StoredDeps, digest: Digest): Promise<StoredBlob> {
  const reader = await orSetAside(deps, digest, () => openWhole(deps, digest));
  const { size } = reader;
  const read = deps.content.readVerified(digest, reader);
  return {
    size,
    stream: (options = {}) => {
      const { start = 0, end = size } = options;
      if (start > 0 || end < size) return reader.stream(options);
      return settingAside(deps, digest, deps.content.streamVerified(digest, reader, options));
    },
    read: async (into) => {
      try {
        return await read(into);
      } catch (error) {
        throw await asDamage(deps, digest, error);
      }
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

/** As `Content.read`; a document that is damaged is put aside. */
export function readStored(deps: StoredDeps, digest: Digest, maxSize: number): Promise<Buffer> {
  return orSetAside(deps, digest, () => deps.content.read(digest, maxSize));
}

/** Puts aside those recorded blobs whose file is missing, or longer or shorter than it was: the damage that is cheap to see. */
export async function checkFiles(deps: StoredDeps, digests: Iterable<Digest>): Promise<void> {
  for (const digest of digests) {
    const size = deps.metadata.blobs.find(digest);
    if (size !== undefined && (await deps.content.find(digest)) !== size) await setAsideIfDamaged(deps, digest);
  }
}

/**
 * Takes blobs out of the store: their files to the quarantine, their records away. Images, names and what a damaged
 * manifest refers to stay, so that fetching the blobs again makes the images whole. Inside `exclusively`.
 */
export async function setAside(deps: StoredDeps, digests: readonly Digest[]): Promise<void> {
  const { content, layers, metadata } = deps;
  const trees = await changeOnFullDisk(deps, () => {
    for (const digest of digests) {
      metadata.lost.put(digest, metadata.blobs.find(digest) ?? 0);
      // A step without its result is built anew; it must not keep a blob wanted that nothing else needs.
      metadata.buildCache.removeNeeding(digest);
    }
    return metadata.blobs.remove(digests, { keepConfigs: true, keepEdges: true });
  });
  for (const digest of digests) await content.quarantine(digest);
  await layers.remove(trees);
}

/** Somebody else may have put it aside before, and somebody else again brought it back. */
async function setAsideIfDamaged(deps: StoredDeps, digest: Digest): Promise<void> {
  await deps.exclusively(async () => {
    if (deps.metadata.blobs.find(digest) === undefined || (await deps.content.isSound(digest))) return;
    await setAside(deps, [digest]);
  });
}

async function openWhole({ content, metadata }: StoredDeps, digest: Digest): Promise<BlobReader> {
  const reader = await content.open(digest);
  const size = metadata.blobs.find(digest);
  if (reader.size === size) return reader;
  await reader[Symbol.asyncDispose]();
  throw dataLoss(`content ${digest} is damaged: it has ${reader.size} bytes, expected ${size}`);
}

async function* settingAside(deps: StoredDeps, digest: Digest, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw await asDamage(deps, digest, error);
  }
}

async function orSetAside<T>(deps: StoredDeps, digest: Digest, read: () => Promise<T>): Promise<T> {
  const isRecorded = deps.metadata.blobs.find(digest) !== undefined;
  try {
    return await read();
  } catch (error) {
    // Without a record there is nothing to be damaged: it was removed meanwhile.
    throw isRecorded ? await asDamage(deps, digest, error) : error;
  }
}

/** What is wrong with the blob, who needs it and what brings it back; other errors as they are. */
async function asDamage(deps: StoredDeps, digest: Digest, error: unknown): Promise<unknown> {
  if (!isEngineError(error) || (error.kind !== "not-found" && error.kind !== "data-loss")) return error;
  await setAsideIfDamaged(deps, digest);
  const what = error.kind === "not-found" ? `content ${digest} is missing` : error.message;
  return dataLoss(`${what}; ${remedy(deps, digest)}`, { cause: error, details: { digest } });
}

function remedy(deps: StoredDeps, digest: Digest): string {
  const images = imagesNeeding(deps, digest);
  const users = `it is needed by ${images.join(", ") || "images without a name"}`;
  const [origin] = originsOf(deps, digest);
  if (origin === undefined) return `${users}; load the image again to restore it`;
  const repository = familiarRepository(origin);
  const image = images.find((name) => name.startsWith(`${repository}:`)) ?? familiar(origin);
  return `${users}; "docker pull ${image}" or "slipwayd fsck --repair" restores it`;
}
