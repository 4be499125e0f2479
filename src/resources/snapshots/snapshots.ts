import { existsSync } from "node:fs";
import { chmod, chown, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { createLimit } from "#async";
import { forbidden } from "#errors";
import { TreeView } from "#archive";
import { hexOf } from "#oci";
import type { ChainId } from "#oci";
import { ActiveSnapshot } from "./active-snapshot.ts";
import type { SnapshotLayer } from "./layer.ts";
import { LowerTree } from "./lower-tree.ts";
import { makeMountPoints } from "./mount-points.ts";
import type { MountPoint } from "./mount-points.ts";
import { mountOverlay, mountsBelow, unmount } from "./overlay-mount.ts";
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

interface MountParts {
  readonly view: TreeView;
  /** Names, uppermost first. */
  readonly trees: readonly string[];
  readonly mountPoints: readonly MountPoint[];
}

/** Of a chain ID's hex: unlike every other, and short enough for 128 layers in one mount. */
const NAME_LENGTH = 24;

/** Reading one layer and decompressing another go well together. */
const PARALLEL = 2;

/** Unpacked layers, and the places where processes run on them; see the room's door for what it promises. */
export class Snapshots implements AsyncDisposable {
  readonly #trees: Trees;
  readonly #unpacking = new SharedWork();
  readonly #limit = createLimit(PARALLEL);
  readonly #active = new Set<ActiveSnapshot>();

  private constructor(trees: Trees) {
    this.#trees = trees;
  }

  /** Takes down first what an earlier process left mounted. */
  static async open(dataRoot: string): Promise<Snapshots> {
    const root = join(await realpath(dataRoot), "snapshots");
    const trees = new Trees(root);
    if (existsSync(root)) {
      for (const place of await mountsBelow(root)) await unmount(place);
      await trees.recover();
    }
    return new Snapshots(trees);
  }

  async [Symbol.asyncDispose](): Promise<void> {
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
    await this.#trees.ensureFolders();
    const release = this.#trees.use(chain.map(({ chainId }) => nameOf(chainId)));
    try {
      const unpacked = await Promise.allSettled(chain.map((_, top) => this.#ensureTree(chain.slice(0, top + 1), signal)));
      const failed = unpacked.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
      return await this.#mounted(chain, mountPoints, release);
    } catch (error) {
      release();
      throw error;
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

  async #mounted(chain: readonly SnapshotLayer[], mountPoints: readonly MountPoint[], release: () => void): Promise<ActiveSnapshot> {
    const directory = await this.#trees.makeDirectory();
    const view = new TreeView(chain.map(({ index }) => index));
    const trees = chain.map(({ chainId }) => nameOf(chainId)).reverse();
    try {
      await this.#mount(directory, { view, trees, mountPoints });
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
    const below = new LowerTree(
      view,
      trees.map((name) => join(this.#trees.folder, name)),
    );
    const snapshot = new ActiveSnapshot({ directory, below, publish, end });
    this.#active.add(snapshot);
    return snapshot;
  }

  async #mount(directory: string, { view, trees, mountPoints }: MountParts): Promise<void> {
    const [root, upper, work, points] = ["root", "upper", "work", "mount-points"].map((name) => join(directory, name));
    if (root === undefined || upper === undefined || work === undefined || points === undefined) return;
    for (const path of [root, upper, work, points]) await mkdir(path);
    const isLacking = await makeMountPoints(view, mountPoints, points);
    // There has to be something below, if only an empty directory.
    const lower = isLacking || trees.length === 0 ? [points, ...trees] : trees;
    // The overlay's root is like the directory that takes the changes.
    const { uid, gid, mode } = view.stat("") ?? { uid: 0, gid: 0, mode: 0o755 };
    await chown(upper, uid, gid);
    await chmod(upper, mode);
    await mountOverlay({ lower, upper, work, root, cwd: this.#trees.folder });
  }
}

function nameOf(chainId: ChainId): string {
  return hexOf(chainId).slice(0, NAME_LENGTH);
}

/** For whoever has something to make ready first. @throws forbidden for anyone but root. */
export function requireRoot(): void {
  const uid = process.geteuid?.();
  if (uid !== 0) throw forbidden(`RUN needs root: only root may unpack and mount layers, and this is user ${uid ?? "unknown"}`);
}
