import type { CacheMounts, FirstAttributes } from "#cache-mounts";
import { cancelled, throwIfAborted } from "#errors";
import type { CacheSharing } from "#dockerfile";
import type { ImageDeps } from "#images";
import { newRecord } from "./new-record.ts";

export interface MountRequest {
  readonly id: string;
  readonly sharing: CacheSharing;
  readonly first: FirstAttributes;
  readonly description: string;
  readonly signal: AbortSignal;
  /** Lends the directory whose contents a new one begins with. */
  readonly seed?: (use: (directory: string) => Promise<string>) => Promise<string>;
}

/** Give it back when the step is over. */
export interface TakenMount extends Disposable {
  /** On the machine. */
  readonly path: string;
}

/** The cache mounts of all builds: who uses which directory, and their records. */
export class MountCache {
  readonly #deps: Pick<ImageDeps, "metadata" | "now">;
  readonly #mounts: CacheMounts;
  /** Users by record. */
  readonly #users = new Map<string, number>();
  readonly #making = new Map<string, Promise<string>>();
  /** Bytes by record, of those that nobody has written to since they were counted. */
  readonly #sizes = new Map<string, number>();
  #waiting: (() => void)[] = [];

  constructor(deps: Pick<ImageDeps, "metadata" | "now">, mounts: CacheMounts) {
    this.#deps = deps;
    this.#mounts = mounts;
  }

  isInUse(recordId: string): boolean {
    return this.#users.has(recordId);
  }

  /** Bytes on disk. */
  async size(recordId: string): Promise<number> {
    const known = this.#sizes.get(recordId);
    if (known !== undefined) return known;
    const size = await this.#mounts.size(recordId);
    if (!this.#users.has(recordId)) this.#sizes.set(recordId, size);
    return size;
  }

  remove(recordId: string): Promise<void> {
    this.#sizes.delete(recordId);
    return this.#mounts.remove(recordId);
  }

  /** Of the disk that everything is on, in bytes. */
  disk(): Promise<{ readonly free: number; readonly total: number }> {
    return this.#mounts.disk();
  }

  /** `shared` comes in beside others, `private` finds a directory that nobody has, `locked` waits for it. */
  async take({ id, sharing, first, description, signal, seed }: MountRequest): Promise<TakenMount> {
    let instance = 0;
    let record = this.#record(id, instance, description);
    while (sharing !== "shared" && this.#users.has(record)) {
      if (sharing === "private") instance += 1;
      else await this.#released(signal);
      // Nobody has used it for a moment, in which it may have been pruned.
      record = this.#record(id, instance, description);
    }
    this.#markUsed(record);
    this.#users.set(record, (this.#users.get(record) ?? 0) + 1);
    this.#sizes.delete(record);
    const release = (): void => this.#release(record);
    try {
      return { path: await this.#directory(record, first, seed), [Symbol.dispose]: release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Made once, however many want it at once. */
  #directory(record: string, first: FirstAttributes, seed: MountRequest["seed"]): Promise<string> {
    const making = this.#making.get(record);
    if (making !== undefined) return making;
    const make = (from?: string): Promise<string> => this.#mounts.directory(record, first, from);
    const made = (seed === undefined || this.#mounts.has(record) ? make() : seed(make)).finally(() => this.#making.delete(record));
    this.#making.set(record, made);
    return made;
  }

  #record(id: string, instance: number, description: string): string {
    const { metadata, now } = this.#deps;
    const key = `mount ${instance} ${id}`;
    const known = metadata.buildCache.find(key);
    if (known !== undefined) return known.id;
    const record = newRecord({ kind: "exec.cachemount", description, now: now() });
    // Nobody is told of the directory, so nobody waits until its record is on disk.
    metadata.transaction(() => metadata.buildCache.put(record, [key]));
    return record.id;
  }

  #markUsed(record: string): void {
    const { metadata, now } = this.#deps;
    metadata.transaction(() => metadata.buildCache.markUsed(record, now()));
  }

  #release(record: string): void {
    const users = (this.#users.get(record) ?? 1) - 1;
    if (users > 0) this.#users.set(record, users);
    else this.#users.delete(record);
    for (const resume of this.#waiting.splice(0)) resume();
  }

  async #released(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const abort = (): void => reject(cancelled(signal.reason));
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.push(() => resolve(undefined));
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}
