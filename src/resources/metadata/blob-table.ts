import type { DiffId, Digest } from "#oci";
import type { Database } from "./database.ts";

/** Which blobs are stored, what they refer to, and which of them are layers. */
export class BlobTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  put(digest: Digest, size: number): void {
    this.#database.run("INSERT OR REPLACE INTO blobs VALUES (?, ?)", digest, size);
  }

  /** Size in bytes, or `undefined` when the blob is not stored. */
  find(digest: Digest): number | undefined {
    return this.#database.get<{ size: number }>("SELECT size FROM blobs WHERE digest = ?", digest)?.size;
  }

  all(): { digest: Digest; size: number }[] {
    return this.#database.all("SELECT digest, size FROM blobs");
  }

  /** Records all that a manifest refers to, in place of what was recorded before. */
  link(parent: Digest, children: Iterable<Digest>): void {
    this.#database.run("DELETE FROM edges WHERE parent = ?", parent);
    for (const child of children) this.#database.run("INSERT OR IGNORE INTO edges VALUES (?, ?)", parent, child);
  }

  childrenOf(parent: Digest): Digest[] {
    return this.#database.all<{ child: Digest }>("SELECT child FROM edges WHERE parent = ?", parent).map((row) => row.child);
  }

  putLayer(blob: Digest, diffId: DiffId, size: number): void {
    this.#database.run("INSERT OR REPLACE INTO layers VALUES (?, ?, ?)", blob, diffId, size);
  }

  /** The tree that a stored layer blob holds; `size` of the files in it. */
  findLayer(blob: Digest): { diffId: DiffId; size: number } | undefined {
    return this.#database.get('SELECT diff_id AS "diffId", size FROM layers WHERE blob = ?', blob);
  }

  /** A stored blob that holds this tree. */
  findLayerBlob(diffId: DiffId): { digest: Digest; size: number } | undefined {
    return this.#database.get(
      "SELECT digest, blobs.size FROM layers JOIN blobs ON digest = blob WHERE diff_id = ? ORDER BY digest = diff_id DESC LIMIT 1",
      diffId,
    );
  }

  allLayers(): { blob: Digest; diffId: DiffId; size: number }[] {
    return this.#database.all('SELECT blob, diff_id AS "diffId", size FROM layers');
  }

  /** Of a manifest: it was written for an image that came without one, so no registry has it. */
  setUnpublished(manifest: Digest): void {
    this.#database.run("INSERT OR IGNORE INTO unpublished VALUES (?)", manifest);
  }

  isUnpublished(manifest: Digest): boolean {
    return this.#database.get("SELECT 1 FROM unpublished WHERE digest = ?", manifest) !== undefined;
  }

  putConfig(digest: Digest, bytes: Uint8Array): void {
    this.#database.run("INSERT OR REPLACE INTO configs VALUES (?, ?)", digest, bytes);
  }

  findConfig(digest: Digest): Uint8Array | undefined {
    return this.#database.get<{ bytes: Uint8Array }>("SELECT bytes FROM configs WHERE digest = ?", digest)?.bytes;
  }

  /** Everything reachable from `root` that is stored, itself included. */
  closure(root: Digest): { digest: Digest; size: number }[] {
    return this.#database.all(
      `WITH RECURSIVE reached (digest) AS (VALUES (?) UNION SELECT child FROM edges JOIN reached ON parent = digest)
       SELECT digest, size FROM reached JOIN blobs USING (digest)`,
      root,
    );
  }

  /**
   * What may be garbage when `root` is: its closure, and the manifests that speak of anything in it, with theirs. A
   * lost manifest is among them while its references are known, so that they go, too.
   */
  livesWith(root: Digest): Digest[] {
    const rows = this.#database.all<{ digest: Digest }>(
      `WITH RECURSIVE reached (digest) AS (VALUES (?) UNION SELECT child FROM edges JOIN reached ON parent = digest
         UNION SELECT referrers.digest FROM referrers JOIN reached ON subject = reached.digest)
       SELECT digest FROM reached WHERE digest IN (SELECT digest FROM blobs) OR digest IN (SELECT parent FROM edges)`,
      root,
    );
    return rows.map((row) => row.digest);
  }

  /** Whether `root` refers to a blob, directly or not. */
  reaches(root: Digest, digest: Digest): boolean {
    const found = this.#database.get(
      `WITH RECURSIVE reached (digest) AS (VALUES (?1) UNION SELECT child FROM edges JOIN reached ON parent = digest)
       SELECT 1 FROM reached WHERE digest = ?2 LIMIT 1`,
      root,
      digest,
    );
    return found !== undefined;
  }

  /** Whether everything reachable from `root` is stored. */
  isComplete(root: Digest): boolean {
    return this.missing(root, 1).length === 0;
  }

  /** Of what is reachable from `root`, what is not stored; at most `limit` of it. */
  missing(root: Digest, limit = -1): Digest[] {
    const rows = this.#database.all<{ digest: Digest }>(
      `WITH RECURSIVE reached (digest) AS (VALUES (?) UNION SELECT child FROM edges JOIN reached ON parent = digest)
       SELECT digest FROM reached WHERE digest NOT IN (SELECT digest FROM blobs) LIMIT ?`,
      root,
      limit,
    );
    return rows.map(({ digest }) => digest);
  }

  /**
   * Whether some target, upload, build cache or container still reaches this blob, or would without what leads through `except`. Walks upwards,
   * so the size of the store does not matter.
   */
  isLive(digest: Digest, options: { except?: Digest } = {}): boolean {
    const root = this.#database.get(
      `WITH RECURSIVE above (digest) AS (VALUES (?1) UNION SELECT parent FROM edges JOIN above ON child = digest AND parent <> ?2
         UNION SELECT subject FROM referrers JOIN above USING (digest) WHERE subject <> ?2)
       SELECT 1 FROM above WHERE digest <> ?2
         AND (EXISTS (SELECT 1 FROM targets WHERE targets.digest = above.digest)
           OR EXISTS (SELECT 1 FROM uploads WHERE uploads.digest = above.digest)
           OR EXISTS (SELECT 1 FROM build_cache WHERE build_cache.blob = above.digest)
           OR EXISTS (SELECT 1 FROM container_blobs WHERE container_blobs.blob = above.digest)) LIMIT 1`,
      digest,
      options.except ?? "",
    );
    return digest === options.except ? false : root !== undefined;
  }

  /** Whether some target reaches this blob: whether an image has it, that is. */
  isInImage(digest: Digest): boolean {
    const target = this.#database.get(
      `WITH RECURSIVE above (digest) AS (VALUES (?) UNION SELECT parent FROM edges JOIN above ON child = digest)
       SELECT 1 FROM above JOIN targets USING (digest) LIMIT 1`,
      digest,
    );
    return target !== undefined;
  }

  /**
   * Forgets blobs and all that was derived from them; returns the trees that no stored blob holds any more. What they
   * refer to is unreachable without their edges.
   */
  remove(digests: Iterable<Digest>, options: { keepConfigs?: boolean; keepEdges?: boolean } = {}): DiffId[] {
    const gone = new Set<DiffId>();
    for (const digest of digests) {
      const layer = this.findLayer(digest);
      this.#database.run("DELETE FROM blobs WHERE digest = ?", digest);
      if (options.keepEdges !== true) this.#database.run("DELETE FROM edges WHERE parent = ?", digest);
      this.#database.run("DELETE FROM layers WHERE blob = ?", digest);
      this.#database.run("DELETE FROM referrers WHERE digest = ?", digest);
      this.#database.run("DELETE FROM unpublished WHERE digest = ?", digest);
      if (options.keepConfigs !== true) this.#database.run("DELETE FROM configs WHERE digest = ?", digest);
      if (layer !== undefined) gone.add(layer.diffId);
    }
    const trees = [...gone].filter((diffId) => this.findLayerBlob(diffId) === undefined);
    for (const diffId of trees) this.#database.run("DELETE FROM compressed WHERE diff_id = ?", diffId);
    return trees;
  }
}
