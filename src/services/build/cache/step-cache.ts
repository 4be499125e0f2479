import type { StagedBlob } from "#content";
import { invalidArgument } from "#errors";
import { storeBlobs } from "#images";
import type { Hold } from "#images";
import type { CacheRecord } from "#metadata";
import { MEDIA_TYPE } from "#oci";
import type { BuildDeps } from "../build-deps.ts";
import type { BuildLayer, LayerFiles } from "../trees/layer-files.ts";
import { newRecord } from "./new-record.ts";
import { explainMiss, partKeys } from "./step-parts.ts";
import type { StepParts } from "./step-parts.ts";

/** A layer that was made before, or is by now. */
export interface CachedLayer {
  readonly layer: BuildLayer;
  /** RFC 3339. */
  readonly created: string;
  /** Undefined for a layer of another image. */
  readonly recordId: string | undefined;
}

export interface KeptLayer {
  /** Everything by which it may be found again. */
  readonly keys: readonly string[];
  readonly description: string;
  readonly parent: string | undefined;
  /** What it was made of, for the answer to why another like it was not found. */
  readonly parts?: StepParts;
}

interface Pending {
  readonly record: CacheRecord;
  readonly keys: readonly string[];
  readonly blob: StagedBlob | undefined;
}

/** What steps of this build find and leave behind. New layers are stored behind the steps that follow. */
export class StepCache {
  readonly #deps: BuildDeps;
  readonly #files: LayerFiles;
  readonly #hold: Hold;
  readonly #isOff: boolean;
  readonly #pending: Pending[] = [];
  readonly #used = new Set<string>();
  #storing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(deps: BuildDeps, { files, hold, isOff }: { readonly files: LayerFiles; readonly hold: Hold; readonly isOff: boolean }) {
    this.#deps = deps;
    this.#files = files;
    this.#hold = hold;
    this.#isOff = isOff;
  }

  /** A record whose blob is stored; it stays so until the build ends. */
  findLayer(keys: readonly string[]): CachedLayer | undefined {
    if (this.#isOff) return undefined;
    for (const key of keys) {
      const record = this.#pendingBy(key) ?? this.#deps.metadata.buildCache.find(key);
      const found = record && this.#claim(record);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether a step without a layer was done before. */
  hasStep(key: string): boolean {
    if (this.#isOff) return false;
    const record = this.#pendingBy(key) ?? this.#deps.metadata.buildCache.find(key);
    if (record !== undefined) this.#used.add(record.id);
    return record !== undefined;
  }

  keepStep(key: string, description: string, parent: string | undefined): void {
    const record = newRecord({ kind: "regular", description, parent, now: this.#deps.now() });
    this.#pending.push({ record, keys: [key], blob: undefined });
  }

  /** Why a step that is made of these was not found. */
  explain(description: string, parts: StepParts): string {
    if (this.#isOff) return "the cache is not to be used";
    const { buildCache } = this.#deps.metadata;
    return explainMiss(description, parts, (key) => this.#pendingBy(key) !== undefined || buildCache.find(key) !== undefined);
  }

  /** One more key by which a layer will be found. */
  addKey(key: string, { recordId }: CachedLayer): void {
    if (recordId === undefined) return;
    const pending = this.#pending.find(({ record }) => record.id === recordId);
    if (pending === undefined) this.#deps.metadata.transaction(() => this.#deps.metadata.buildCache.addKey(key, recordId));
  }

  /** Takes over a received layer: it is used at once and stored in the background. */
  keepLayer(blob: StagedBlob, { keys, description, parent, parts }: KeptLayer): CachedLayer {
    const { layer } = blob;
    if (layer === undefined) throw invalidArgument(`cannot make a layer of this step: ${blob.notLayer ?? "it was not looked at"}`);
    this.#hold.add(blob.digest);
    this.#files.add(blob);
    const record = newRecord({ kind: "regular", description, parent, blob, now: this.#deps.now() });
    this.#pending.push({ record, keys: [...keys, ...(parts === undefined ? [] : partKeys(description, parts))], blob });
    this.#store();
    const { diffId } = layer;
    return {
      layer: { diffId, blob: blob.digest, size: blob.size, mediaType: MEDIA_TYPE.ociLayer },
      created: timeOf(record),
      recordId: record.id,
    };
  }

  /** Resolves when everything kept is stored for good. @throws what storing it failed with. */
  async settled(): Promise<void> {
    this.#store();
    await this.#storing;
    if (this.#failure !== undefined) throw this.#failure.error;
    const { metadata, now } = this.#deps;
    if (this.#used.size === 0) return;
    // Nobody is told of these, so nobody waits for them to reach the disk.
    metadata.transaction(() => {
      for (const id of this.#used) metadata.buildCache.markUsed(id, now());
    });
    this.#used.clear();
  }

  #pendingBy(key: string): CacheRecord | undefined {
    return this.#pending.find(({ keys }) => keys.includes(key))?.record;
  }

  #claim(record: CacheRecord): CachedLayer | undefined {
    const { blob, diffId, size } = record;
    if (blob === undefined || diffId === undefined) return undefined;
    this.#hold.add(blob);
    const isPending = this.#pending.some((pending) => pending.record.id === record.id);
    if (!isPending && this.#deps.metadata.blobs.find(blob) === undefined) return undefined;
    this.#used.add(record.id);
    return { layer: { diffId, blob, size, mediaType: MEDIA_TYPE.ociLayer }, created: timeOf(record), recordId: record.id };
  }

  /** One write at a time; what comes meanwhile goes with the next. */
  #store(): void {
    this.#storing = this.#storing.then(async () => {
      const batch = [...this.#pending];
      if (batch.length === 0 || this.#failure !== undefined) return;
      try {
        await this.#write(batch);
      } catch (error) {
        this.#failure = { error };
      } finally {
        this.#pending.splice(0, batch.length);
      }
    });
  }

  async #write(batch: readonly Pending[]): Promise<void> {
    const blobs = batch.flatMap(({ blob }) => (blob === undefined ? [] : [blob]));
    try {
      await storeBlobs(this.#deps, blobs, () => {
        for (const { record, keys } of batch) this.#deps.metadata.buildCache.put(record, keys);
      });
    } finally {
      await this.#deps.content.discard(blobs);
    }
  }
}

function timeOf({ created }: CacheRecord): string {
  return created.toISOString();
}
