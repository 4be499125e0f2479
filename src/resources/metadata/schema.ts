/** Times are milliseconds since the epoch; sizes are bytes; JSON columns hold text. */
const VERSION_1 = `
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- Blobs that are stored for good. A blob's file without a row is garbage; a row without a file is damage.
  CREATE TABLE blobs (digest TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  -- Which blob refers to which: index to manifest, manifest to config and layers.
  CREATE TABLE edges (parent TEXT NOT NULL, child TEXT NOT NULL, PRIMARY KEY (parent, child)) STRICT, WITHOUT ROWID;
  CREATE INDEX edges_by_child ON edges (child);

  -- Stored blobs that are layers. Several may hold the same tree, differently compressed.
  CREATE TABLE layers (blob TEXT PRIMARY KEY, diff_id TEXT NOT NULL, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX layers_by_diff_id ON layers (diff_id);

  -- Image configs as they came, so that inspecting opens no blob.
  CREATE TABLE configs (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;

  -- What an image may be addressed by as a whole: an index or a manifest. The roots of garbage collection.
  CREATE TABLE targets (digest TEXT NOT NULL, image TEXT NOT NULL, descriptor TEXT NOT NULL, PRIMARY KEY (image, digest))
    STRICT, WITHOUT ROWID;
  CREATE INDEX targets_by_digest ON targets (digest);

  -- The manifests of a target, in its order.
  CREATE TABLE manifests (target TEXT NOT NULL, position INTEGER NOT NULL, digest TEXT NOT NULL, config TEXT, record TEXT NOT NULL,
    PRIMARY KEY (target, position)) STRICT, WITHOUT ROWID;
  CREATE INDEX manifests_by_digest ON manifests (digest);
  CREATE INDEX manifests_by_config ON manifests (config) WHERE config IS NOT NULL;

  CREATE TABLE images (id TEXT PRIMARY KEY, target TEXT NOT NULL, manifest TEXT NOT NULL, parent TEXT, created INTEGER,
    size INTEGER NOT NULL, labels TEXT, last_tagged INTEGER, recorded INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX images_by_parent ON images (parent) WHERE parent IS NOT NULL;

  -- The layers of an image, base first. The chain ID stands for a layer upon its parents, as Docker counts layers.
  CREATE TABLE image_layers (image TEXT NOT NULL, position INTEGER NOT NULL, diff_id TEXT NOT NULL, chain_id TEXT NOT NULL,
    size INTEGER NOT NULL, PRIMARY KEY (image, position)) STRICT, WITHOUT ROWID;
  CREATE INDEX image_layers_by_chain_id ON image_layers (chain_id);

  -- Canonical references with a tag (docker.io/library/x:1) or a digest (docker.io/library/x@sha256:…).
  CREATE TABLE names (name TEXT PRIMARY KEY, image TEXT NOT NULL, target TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX names_by_image ON names (image);
`;

const VERSION_2 = `
  -- Blobs that were uploaded before any manifest names them, kept until the given moment. Roots of garbage collection.
  CREATE TABLE uploads (digest TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX uploads_by_until ON uploads (until);

  -- Manifests that speak of another one, their subject: they live as long as it does.
  CREATE TABLE referrers (subject TEXT NOT NULL, digest TEXT NOT NULL, descriptor TEXT NOT NULL, PRIMARY KEY (subject, digest))
    STRICT, WITHOUT ROWID;
  CREATE INDEX referrers_by_digest ON referrers (digest);
`;

const VERSION_3 = `
  -- Blobs that were stored and turned out to be damaged. Those without a row in blobs are missed by what refers to them.
  CREATE TABLE lost (digest TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

const VERSION_4 = `
  -- What build steps left behind; a record's blob is a root of garbage collection. Keys are digests of a step's inputs.
  CREATE TABLE build_cache (id TEXT PRIMARY KEY, kind TEXT NOT NULL, description TEXT NOT NULL, parent TEXT, blob TEXT, diff_id TEXT,
    size INTEGER NOT NULL, created INTEGER NOT NULL, last_used INTEGER, uses INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX build_cache_by_blob ON build_cache (blob) WHERE blob IS NOT NULL;
  CREATE INDEX build_cache_by_kind ON build_cache (kind, description);
  CREATE TABLE build_cache_keys (key TEXT PRIMARY KEY, id TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX build_cache_keys_by_id ON build_cache_keys (id);
`;

const VERSION_5 = `
  -- What a tree came to when it was compressed for a registry, so that registries can be asked for that before it is made
  -- again. Nothing refers to it, and it may be lost.
  CREATE TABLE compressed (diff_id TEXT NOT NULL, algorithm TEXT NOT NULL, level INTEGER NOT NULL, digest TEXT NOT NULL,
    size INTEGER NOT NULL, PRIMARY KEY (diff_id, algorithm, level)) STRICT, WITHOUT ROWID;

  -- Manifests that were written for images that came without one: no registry has them, so their layers may be compressed.
  CREATE TABLE unpublished (digest TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`;

const VERSION_6 = `
  -- What containers stand on: roots of garbage collection. Their own records say the same.
  CREATE TABLE container_blobs (container TEXT NOT NULL, blob TEXT NOT NULL, PRIMARY KEY (container, blob)) STRICT, WITHOUT ROWID;
  CREATE INDEX container_blobs_by_blob ON container_blobs (blob);
`;

/** What leads from each version of the tables to the next, beginning with none; see docs/on-disk-format.md. */
export const SCHEMA_STEPS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6];

/** A newer version is refused, an older one is brought up to date. */
export const SCHEMA_VERSION = SCHEMA_STEPS.length;
