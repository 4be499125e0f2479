import type { ChainId, Descriptor, DiffId, Digest, ImageId } from "#oci";
import type { Database } from "./database.ts";
import type { ImageLayer, ImageRecord, ManifestRecord } from "./records.ts";

interface ImageRow {
  id: ImageId;
  target: Digest;
  manifest: Digest;
  parent: ImageId | null;
  created: number | null;
  size: number;
  labels: string | null;
  last_tagged: number | null;
  recorded: number;
}

/** Images, what they may be addressed by, and their layers. */
export class ImageTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): ImageRecord[] {
    return this.#database.all<ImageRow>("SELECT * FROM images").map(fromRow);
  }

  put(record: ImageRecord, layers: readonly ImageLayer[]): void {
    const { id, target, manifest, parent, created, size, labels, lastTagged, recorded } = record;
    this.#database.run(
      "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id,
      target,
      manifest,
      parent ?? null,
      created ?? null,
      size,
      labels === undefined ? null : JSON.stringify(labels),
      lastTagged?.getTime() ?? null,
      recorded.getTime(),
    );
    this.#database.run("DELETE FROM image_layers WHERE image = ?", id);
    layers.forEach((layer, position) => {
      this.#database.run("INSERT INTO image_layers VALUES (?, ?, ?, ?, ?)", id, position, layer.diffId, layer.chainId, layer.size);
    });
  }

  setLastTagged(id: ImageId, time: Date): void {
    this.#database.run("UPDATE images SET last_tagged = ? WHERE id = ?", time.getTime(), id);
  }

  /** Forgets an image and its targets; manifests of a target go with its last image. */
  remove(id: ImageId): void {
    const targets = this.targetsOf(id);
    this.#database.run("DELETE FROM images WHERE id = ?", id);
    this.#database.run("DELETE FROM image_layers WHERE image = ?", id);
    for (const { digest } of targets) this.removeTarget(id, digest);
  }

  putTarget(image: ImageId, descriptor: Descriptor, manifests: readonly ManifestRecord[]): void {
    const { digest } = descriptor;
    this.#database.run("INSERT OR REPLACE INTO targets VALUES (?, ?, ?)", digest, image, JSON.stringify(descriptor));
    this.#database.run("DELETE FROM manifests WHERE target = ?", digest);
    manifests.forEach((manifest, position) => {
      const { descriptor, config = null } = manifest;
      const text = JSON.stringify(manifest);
      this.#database.run("INSERT INTO manifests VALUES (?, ?, ?, ?, ?)", digest, position, descriptor.digest, config, text);
    });
  }

  removeTarget(image: ImageId, digest: Digest): void {
    this.#database.run("DELETE FROM targets WHERE image = ? AND digest = ?", image, digest);
    this.#database.run("DELETE FROM manifests WHERE target = ?1 AND NOT EXISTS (SELECT 1 FROM targets WHERE digest = ?1)", digest);
  }

  targetsOf(image: ImageId): Descriptor[] {
    const rows = this.#database.all<{ descriptor: string }>("SELECT descriptor FROM targets WHERE image = ?", image);
    return rows.map((row) => JSON.parse(row.descriptor) as Descriptor);
  }

  allTargets(): { digest: Digest; image: ImageId; descriptor: Descriptor }[] {
    const rows = this.#database.all<{ digest: Digest; image: ImageId; descriptor: string }>(
      "SELECT digest, image, descriptor FROM targets",
    );
    return rows.map((row) => ({ ...row, descriptor: JSON.parse(row.descriptor) as Descriptor }));
  }

  /** Images that this digest addresses as a whole. */
  imagesOfTarget(digest: Digest): ImageId[] {
    return this.#database.all<{ image: ImageId }>("SELECT image FROM targets WHERE digest = ?", digest).map((row) => row.image);
  }

  /** How a target, or a manifest of one, was described when it came. */
  descriptorOf(digest: Digest): Descriptor | undefined {
    const row = this.#database.get<{ descriptor: string }>(
      `SELECT descriptor FROM targets WHERE digest = ?1
       UNION ALL SELECT record ->> '$.descriptor' FROM manifests WHERE digest = ?1 LIMIT 1`,
      digest,
    );
    return row && (JSON.parse(row.descriptor) as Descriptor);
  }

  /** In the target's order. */
  manifestsOf(target: Digest): ManifestRecord[] {
    const rows = this.#database.all<{ record: string }>("SELECT record FROM manifests WHERE target = ? ORDER BY position", target);
    return rows.map((row) => JSON.parse(row.record) as ManifestRecord);
  }

  /** Targets that contain a manifest of this digest, or one with a config of this digest. */
  targetsWith(digest: Digest): Digest[] {
    const rows = this.#database.all<{ target: Digest }>("SELECT target FROM manifests WHERE digest = ?1 OR config = ?1", digest);
    return rows.map((row) => row.target);
  }

  /** Images whose ID, or the digest of one of whose targets or manifests, lies in `[from, to)`; at most two. */
  within(from: string, to: string): ImageId[] {
    const rows = this.#database.all<{ image: ImageId }>(
      `SELECT id AS image FROM images WHERE id >= ?1 AND id < ?2
       UNION SELECT image FROM targets WHERE digest >= ?1 AND digest < ?2
       UNION SELECT targets.image FROM manifests JOIN targets ON targets.digest = target WHERE manifests.digest >= ?1 AND manifests.digest < ?2
       UNION SELECT targets.image FROM manifests JOIN targets ON targets.digest = target WHERE config >= ?1 AND config < ?2
       LIMIT 2`,
      from,
      to,
    );
    return rows.map((row) => row.image);
  }

  layersOf(image: ImageId): ImageLayer[] {
    return this.#database.all(
      'SELECT diff_id AS "diffId", chain_id AS "chainId", size FROM image_layers WHERE image = ? ORDER BY position',
      image,
    );
  }

  /** Layers of an image that no other image stands upon, topmost first. */
  layersOnlyOf(image: ImageId): ImageLayer[] {
    return this.#database.all(
      `SELECT diff_id AS "diffId", chain_id AS "chainId", size FROM image_layers AS mine WHERE image = ?1 AND NOT EXISTS
         (SELECT 1 FROM image_layers AS other WHERE other.chain_id = mine.chain_id AND other.image <> ?1)
       ORDER BY position DESC`,
      image,
    );
  }

  /** Bytes of an image's layers that other images stand upon too. Images that share nothing are absent. */
  sharedSizes(): Map<ImageId, number> {
    const rows = this.#database.all<{ image: ImageId; size: number }>(
      `SELECT image, sum(size) AS size FROM image_layers WHERE chain_id IN
         (SELECT chain_id FROM image_layers GROUP BY chain_id HAVING count(DISTINCT image) > 1) GROUP BY image`,
    );
    return new Map(rows.map((row) => [row.image, row.size]));
  }

  /** Bytes of the files in all layers, each chain counted once. */
  layersSize(): number {
    const row = this.#database.get<{ size: number }>(
      "SELECT coalesce(sum(size), 0) AS size FROM (SELECT max(size) AS size FROM image_layers GROUP BY chain_id)",
    );
    return row?.size ?? 0;
  }

  allLayers(): { image: ImageId; diffId: DiffId; chainId: ChainId }[] {
    return this.#database.all('SELECT image, diff_id AS "diffId", chain_id AS "chainId" FROM image_layers ORDER BY image, position');
  }
}

function fromRow(row: ImageRow): ImageRecord {
  return {
    id: row.id,
    target: row.target,
    manifest: row.manifest,
    parent: row.parent ?? undefined,
    created: row.created ?? undefined,
    size: row.size,
    labels: row.labels === null ? undefined : (JSON.parse(row.labels) as Record<string, string>),
    lastTagged: row.last_tagged === null ? undefined : new Date(row.last_tagged),
    recorded: new Date(row.recorded),
  };
}
