import { existsSync } from "node:fs";
import { realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { createLimit } from "#async";
import { forbidden } from "#errors";
import { TreeView, writeTar } from "#archive";
import { hexOf } from "#oci";
import type { ChainId } from "#oci";
import { ActiveSnapshot } from "./active-snapshot.ts";
import { assembleRoot } from "./assemble-root.ts";
import type { RootParts } from "./assemble-root.ts";
import type { SnapshotLayer } from "./layer.ts";
import { layerDiff } from "./layer-diff.ts";
import { LowerTree } from "./lower-tree.ts";
import type { MountPoint } from "./mount-points.ts";
import { MountedRoots } from "./mounted-roots.ts";
import { mountsBelow, unmount } from "./overlay-mount.ts";
import { rootChanges } from "./root-changes.ts";
import type { RootChange } from "./root-changes.ts";
import { SharedWork } from "./shared-work.ts";
import { Trees } from "./trees.ts";
import { unpackLayer } from "./unpack-layer.ts";

export interface PrepareRequest {
  /** Base first; empty for a process on nothing but its mounts. */
  readonly chain: readonly SnapshotLayer[];
  /** Made where the tree lacks them, without becoming part of the layer. */
  readonly mountPoints?: readonly MountPoint[];
  readonly signal?: AbortSignal | undefined;
}

export interface MountRequest extends PrepareRequest {
  /** An existing directory below `containers` in the data root, where `upper`, `work`, `root` and `init` are made. */
  readonly place: string;
}

/** A root that is mounted until its last user disposes of it. */
export interface MountedRoot extends AsyncDisposable {
  readonly root: string;
}

/** Of a chain ID's hex: unlike every other, and short enough for 128 layers in one mount. */
const NAME_LENGTH = 24;

/** Reading one layer and decompressing another go well together. */
const PARALLEL = 2;

/** In the data root, with a folder for each container. */
const CONTAINERS = "containers";

type Below = Pick<RootParts, "view" | "trees" | "folder">;

/** Unpacked layers, and the places where processes run on them; see the room's door for what it promises. */
export class Snapshots implements AsyncDisposable {
  readonly #trees: Trees;
  readonly #unpacking = new SharedWork();
  readonly #limit = createLimit(PARALLEL);
  readonly #active = new Set<ActiveSnapshot>();
  readonly #mounted = new MountedRoots();

  private constructor(trees: Trees) {
    this.#trees = trees;
  }

  /** Takes down first what an earlier process left mounted. */
  static async open(dataRoot: string): Promise<Snapshots> {
    const place = await realpath(dataRoot);
    for (const root of await mountsBelow(join(place, CONTAINERS))) if (root.endsWith("/root")) await unmount(root);
    const root = join(place, "snapshots");
    const trees = new Trees(root);
    if (existsSync(root)) {
      for (const place of await mountsBelow(root)) await unmount(place);
      await trees.recover();
    }
    return new Snapshots(trees);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mounted.endAll();
    for (const snapshot of this.#active) await snapshot[Symbol.asyncDispose]();
    await this.#trees.settled();
  }

  /**
   * Mounts a chain of layers below a fresh directory that takes all changes. Layers are unpacked that are not yet;
   * what others are unpacking is waited for.
   *
   * @throws forbidden for anyone but root; unavailable without overlayfs or room on the disk.
   */
  async prepare({ chain, mountPoints = [], signal }: PrepareRequest): Promise<ActiveSnapshot> {
    requireRoot();
    return this.#onTrees({ chain, signal }, (release) => this.#prepared(chain, mountPoints, release));
  }

  /**
   * Mounts a chain of layers below a directory that keeps the changes, `upper` in the place, for as long as the place
   * is there: across mounts, engines, reboots and trees that are made anew. Mounted already, it is the same root again.
   * What a process there syncs is on disk.
   *
   * @throws forbidden for anyone but root; unavailable without overlayfs or room on the disk.
   */
  async mount({ chain, place, mountPoints = [], signal }: MountRequest): Promise<MountedRoot> {
    requireRoot("containers need root");
    const root = join(place, "root");
    const end = await this.#mounted.use(root, () =>
      this.#onTrees({ chain, signal }, async (release) => {
        // Never changed, and cheaper made again than looked at.
        await rm(join(place, "init"), { recursive: true, force: true });
        await assembleRoot({ ...this.#below(chain), directory: place, between: "init", isVolatile: false, mountPoints });
        return async () => {
          await unmount(root);
          release();
        };
      }),
    );
    return { root, [Symbol.asyncDispose]: end };
  }

  /** Takes a root down whoever uses it: the place is about to go. */
  unmount(place: string): Promise<void> {
    return this.#mounted.end(join(place, "root"));
  }

  /** What was changed in a place so far, for people; something may be running there. */
  async changes(request: MountRequest): Promise<readonly RootChange[]> {
    if (!existsSync(join(request.place, "upper"))) return [];
    await using mounted = await this.mount(request);
    const { view } = this.#below(request.chain);
    const [upper, between] = ["upper", "init"].map((name) => join(request.place, name));
    if (upper === undefined || between === undefined) return [];
    return await rootChanges({ upper, between, root: mounted.root, view }, request.signal);
  }

  /**
   * What was changed in a place so far, as the uncompressed tar of a layer, as Docker makes it of a container: with
   * everything that was touched. What is changed while it is read may be in it or not.
   */
  async *diff({ chain, place, signal }: MountRequest): AsyncGenerator<Uint8Array, void> {
    const upper = join(place, "upper");
    if (!existsSync(upper)) return yield* writeTar([]);
    const release = await this.#onTrees({ chain, signal }, (end) => Promise.resolve(end));
    try {
      const below = lowerTreeOf(this.#below(chain));
      yield* layerDiff({ upper, below, onUnlike: () => undefined, keepsUnchanged: true, mayChange: true, signal });
    } finally {
      release();
    }
  }

  /** Whether a layer in its place needs no unpacking any more. */
  has(chainId: ChainId): boolean {
    return this.#trees.has(nameOf(chainId));
  }

  /** Bytes on disk of everything unpacked. */
  size(): Promise<number> {
    return this.#trees.size();
  }

  /** Removes what nothing runs on, but for what is to be kept. Returns the bytes that the disk gets back. */
  prune(keep: Iterable<ChainId> = []): Promise<number> {
    return this.#trees.prune(new Set([...keep].map(nameOf)));
  }

  async #ensureTree(chain: readonly SnapshotLayer[], signal: AbortSignal | undefined): Promise<void> {
    const name = chain
      .slice(-1)
      .map(({ chainId }) => nameOf(chainId))
      .join("");
    if (this.#trees.has(name)) return;
    await this.#unpacking.run(name, (inner) => this.#limit(() => this.#unpack(chain, name, inner)), signal);
  }

  async #unpack(chain: readonly SnapshotLayer[], name: string, signal: AbortSignal): Promise<void> {
    const directory = await this.#trees.makeDirectory();
    try {
      await unpackLayer(chain, directory, signal);
      this.#trees.publish(directory, name);
    } finally {
      if (existsSync(directory)) await this.#trees.trash(directory);
    }
  }

  /** Does something while the trees of a chain are there and stay, which is until what it got is called. */
  async #onTrees<T>({ chain, signal }: PrepareRequest, action: (release: () => void) => Promise<T>): Promise<T> {
    await this.#trees.ensureFolders();
    const release = this.#trees.use(chain.map(({ chainId }) => nameOf(chainId)));
    try {
      const unpacked = await Promise.allSettled(chain.map((_, top) => this.#ensureTree(chain.slice(0, top + 1), signal)));
      const failed = unpacked.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
      return await action(release);
    } catch (error) {
      release();
      throw error;
    }
  }

  async #prepared(chain: readonly SnapshotLayer[], mountPoints: readonly MountPoint[], release: () => void): Promise<ActiveSnapshot> {
    const directory = await this.#trees.makeDirectory();
    const below = this.#below(chain);
    try {
      await assembleRoot({ ...below, directory, between: "mount-points", isVolatile: true, mountPoints });
    } catch (error) {
      await this.#trees.trash(directory);
      throw error;
    }
    const end = async (): Promise<void> => {
      this.#active.delete(snapshot);
      await this.#trees.trash(directory);
      release();
    };
    const publish = (upper: string, chainId: ChainId): void => this.#trees.publish(upper, nameOf(chainId));
    const snapshot = new ActiveSnapshot({ directory, below: lowerTreeOf(below), publish, end });
    this.#active.add(snapshot);
    return snapshot;
  }

  #below(chain: readonly SnapshotLayer[]): Below {
    const view = new TreeView(chain.map(({ index }) => index));
    return { view, trees: chain.map(({ chainId }) => nameOf(chainId)).reverse(), folder: this.#trees.folder };
  }
}

function lowerTreeOf({ view, trees, folder }: Below): LowerTree {
  return new LowerTree(
    view,
    trees.map((name) => join(folder, name)),
  );
}

function nameOf(chainId: ChainId): string {
  return hexOf(chainId).slice(0, NAME_LENGTH);
}

/** For whoever has something to make ready first. @throws forbidden for anyone but root. */
export function requireRoot(purpose = "RUN needs root"): void {
  const uid = process.geteuid?.();
  if (uid !== 0) throw forbidden(`${purpose}: only root may unpack and mount layers, and this is user ${uid ?? "unknown"}`);
}
