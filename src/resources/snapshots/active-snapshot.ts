import { lutimes } from "node:fs/promises";
import { join } from "node:path";
import type { ChainId } from "#oci";
import { layerDiff } from "./layer-diff.ts";
import type { LowerTree } from "./lower-tree.ts";
import { unmount } from "./overlay-mount.ts";
import { pathIn } from "./path-in.ts";

/** Of more files than this the times are not set: unpacking the layer takes less memory. */
const MAX_DATED = 200_000;
const AT_A_TIME = 64;

export interface ActiveParts {
  /** Holds `root`, where everything is mounted, and `upper`, which takes the changes. */
  readonly directory: string;
  /** What the changes are to. */
  readonly below: LowerTree;
  /** Makes a directory the tree of a layer. */
  readonly publish: (directory: string, chainId: ChainId) => void;
  /** Removes the directory, and gives back the trees below. */
  readonly end: () => Promise<void>;
}

export interface DiffRequest {
  /** Unix seconds: what was written later is said to be from then. */
  readonly newest?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A chain of layers, mounted, and what a process changes in it. It is unmounted when its changes are asked for, and
 * leaves nothing behind when it is disposed of.
 */
export class ActiveSnapshot implements AsyncDisposable {
  readonly #parts: ActiveParts;
  #isLikeItsLayer = true;
  #unmounted: Promise<void> | undefined;
  #disposed: Promise<void> | undefined;

  constructor(parts: ActiveParts) {
    this.#parts = parts;
  }

  /** Where a process finds its root. */
  get root(): string {
    return join(this.#parts.directory, "root");
  }

  /** The changes as the uncompressed tar of a layer; of nothing changed, a tar without entries. Nothing may run any more. */
  async *diff({ newest, signal }: DiffRequest = {}): AsyncGenerator<Uint8Array, void> {
    await this.#unmount();
    const onUnlike = (): void => void (this.#isLikeItsLayer = false);
    const dated: string[] = [];
    const onDated = (path: string): void => void (dated.length < MAX_DATED ? dated.push(path) : onUnlike());
    yield* layerDiff({ upper: this.#upper, below: this.#parts.below, newest, onDated, onUnlike, signal });
    // Not before: what is touched while tar reads it has changed for tar.
    if (newest !== undefined && this.#isLikeItsLayer) await this.#date(dated, newest);
  }

  /**
   * Keeps the changes as the unpacked form of the layer that they became, and ends the snapshot. Those that read
   * differently in a layer are not kept: it will be unpacked.
   */
  async commit(chainId: ChainId): Promise<void> {
    await this.#unmount();
    if (this.#isLikeItsLayer) this.#parts.publish(this.#upper, chainId);
    await this[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposed ??= this.#dispose());
  }

  async #date(paths: readonly string[], seconds: number): Promise<void> {
    for (let at = 0; at < paths.length; at += AT_A_TIME) {
      await Promise.all(paths.slice(at, at + AT_A_TIME).map((path) => lutimes(pathIn(this.#upper, path), seconds, seconds)));
    }
  }

  async #dispose(): Promise<void> {
    await this.#unmount();
    await this.#parts.end();
  }

  #unmount(): Promise<void> {
    return (this.#unmounted ??= unmount(this.root));
  }

  get #upper(): string {
    return join(this.#parts.directory, "upper");
  }
}
