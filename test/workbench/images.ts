import { createHash } from "node:crypto";

import { tarOf } from "./tar.ts";
import type { TarFile } from "./tar.ts";

/** An image as parts: whoever writes an archive decides where they lie. Base layer first. */
export interface Image {
  readonly config: Buffer;
  /** `sha256:<hex>` of the config: Docker's image ID. */
  readonly id: string;
  /** Uncompressed layer archives. */
  readonly layers: readonly Buffer[];
  readonly diffIds: readonly string[];
}

/** An image's place in an archive. */
export interface ArchiveImage {
  readonly image: Image;
  readonly tags?: readonly string[] | null;
  /** ID of the image that this one was built on. */
  readonly parent?: string;
}

/** A descriptor of `index.json` with the blobs below it. */
export interface OciEntry {
  readonly image: Image;
  readonly platform?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Members of the config beside `rootfs`; they win over the defaults. */
export type ConfigParts = Readonly<Record<string, unknown>>;

const DAY = "2024-03-01T12:00:00Z";

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The bytes that an image's ID is the digest of. */
export function configBytes(parts: ConfigParts, diffIds: readonly string[]): Buffer {
  const defaults = { architecture: "amd64", os: "linux", created: DAY };
  return Buffer.from(JSON.stringify({ ...defaults, ...parts, rootfs: { type: "layers", diff_ids: diffIds } }));
}

/** Each layer is a list of its files, or the finished archive. Members given as `undefined` are left out. */
export function imageOf(layers: readonly (readonly TarFile[] | Buffer)[], parts: ConfigParts = {}): Image {
  const archives = layers.map((layer) => (Buffer.isBuffer(layer) ? layer : tarOf(layer)));
  const diffIds = archives.map(sha256);
  const history = archives.map((_, index) => ({ created: DAY, created_by: `layer ${index + 1}` }));
  const config = configBytes({ history, ...parts }, diffIds);
  return { config, id: sha256(config), layers: archives, diffIds };
}

/** The files of a `docker load` archive as engines since 25 name them, without the OCI half. */
export function dockerArchive(images: readonly ArchiveImage[]): TarFile[] {
  const blobs = new Map<string, Buffer>();
  const manifest = images.map(({ image, tags = null, parent }) => {
    blobs.set(pathOf(image.id), image.config);
    image.layers.forEach((layer) => blobs.set(pathOf(sha256(layer)), layer));
    const entry = { Config: pathOf(image.id), RepoTags: tags, Layers: image.layers.map((layer) => pathOf(sha256(layer))) };
    return parent === undefined ? entry : { ...entry, Parent: parent };
  });
  return [...filesOf(blobs), { name: "manifest.json", data: JSON.stringify(manifest) }];
}

/** The archive of engines 1.10 to 24: a folder per layer, and a symbolic link where a layer repeats. */
export function legacyArchive(images: readonly ArchiveImage[]): TarFile[] {
  const files: TarFile[] = [];
  const folderOf = new Map<string, string>();
  const repositories: Record<string, Record<string, string>> = {};
  const manifest = images.map(({ image, tags = null }, number) => {
    const layers = image.layers.map((layer, index) => {
      const folder = sha256(Buffer.from(`${number} ${index} ${sha256(layer)}`)).slice("sha256:".length);
      const stored = folderOf.get(sha256(layer));
      files.push({ name: `${folder}/` }, { name: `${folder}/VERSION`, data: "1.0" }, { name: `${folder}/json`, data: "{}" });
      const name = `${folder}/layer.tar`;
      files.push(stored === undefined ? { name, data: layer } : { name, link: `../${stored}/layer.tar`, mode: 0o777 });
      if (stored === undefined) folderOf.set(sha256(layer), folder);
      return name;
    });
    const config = `${image.id.slice("sha256:".length)}.json`;
    files.push({ name: config, data: image.config });
    const top = layers.at(-1)?.split("/")[0] ?? "";
    for (const tag of tags ?? []) {
      const at = tag.lastIndexOf(":");
      (repositories[tag.slice(0, at)] ??= {})[tag.slice(at + 1)] = top;
    }
    return { Config: config, RepoTags: tags, Layers: layers };
  });
  files.push({ name: "manifest.json", data: JSON.stringify(manifest) });
  return [...files, { name: "repositories", data: JSON.stringify(repositories) }];
}

/** An OCI layout; several entries below one `index` become a multi-platform image. */
export function ociArchive(entries: readonly OciEntry[], index?: { readonly annotations?: Readonly<Record<string, string>> }): TarFile[] {
  const blobs = new Map<string, Buffer>();
  const store = (bytes: Buffer): { digest: string; size: number } => {
    blobs.set(pathOf(sha256(bytes)), bytes);
    return { digest: sha256(bytes), size: bytes.length };
  };
  const manifests = entries.map(({ image, platform, annotations }) => {
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", ...store(image.config) },
      layers: image.layers.map((layer) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar", ...store(layer) })),
    };
    const described = { mediaType: MANIFEST, ...store(Buffer.from(JSON.stringify(manifest))) };
    return { ...described, ...(platform && { platform }), ...(annotations && { annotations }) };
  });
  const nested = (): object => ({ mediaType: INDEX, ...store(indexBytes(manifests)), ...index });
  const top = indexBytes(index === undefined ? manifests : [nested()]);
  return [...filesOf(blobs), { name: "index.json", data: top }, { name: "oci-layout", data: '{"imageLayoutVersion":"1.0.0"}' }];
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

function indexBytes(manifests: readonly object[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
}

function pathOf(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function filesOf(blobs: ReadonlyMap<string, Buffer>): TarFile[] {
  return [{ name: "blobs/" }, { name: "blobs/sha256/" }, ...[...blobs].map(([name, data]) => ({ name, data }))];
}
