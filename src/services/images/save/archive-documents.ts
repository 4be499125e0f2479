import { algorithmOf, hexOf, parseReference } from "#oci";
import type { Digest } from "#oci";
import { familiarName } from "../familiar-name.ts";
import type { SavedImage } from "./plan-save.ts";

/** `oci-layout`, with the space that Docker writes. */
export const OCI_LAYOUT = '{"imageLayoutVersion": "1.0.0"}';

export function blobPath(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

/** One descriptor per tag; without tags one that names nothing (image-spec image-layout.md). */
export function indexJson(images: readonly SavedImage[]): string {
  const manifests = images.flatMap(({ root, tags }) => {
    if (tags.length === 0) return [root];
    return tags.map((tag) => ({ ...root, annotations: { ...root.annotations, ...nameAnnotations(tag) } }));
  });
  return JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests });
}

/** Docker's own list: one item per image with a config, paths instead of digests. `knownParents`: images of the same archive. */
export function manifestJson(images: readonly SavedImage[]): string {
  const ids = new Set(images.map(({ id }) => id));
  const items = images.flatMap(({ docker, tags, parent }) => {
    if (docker === undefined) return [];
    return {
      Config: blobPath(docker.config),
      RepoTags: tags.length === 0 ? null : tags.map(familiarName),
      Layers: docker.manifest.layers.map(({ digest }) => blobPath(digest)),
      ...(parent !== undefined && ids.has(parent) && { Parent: parent }),
    };
  });
  return `${JSON.stringify(items)}\n`;
}

/** For readers from before `manifest.json`: repository → tag → top layer. `undefined` when nothing is tagged. */
export function repositoriesJson(images: readonly SavedImage[], topLayerOf: (image: SavedImage) => Digest | undefined): string | undefined {
  const repositories = new Map<string, Map<string, string>>();
  for (const image of images) {
    const top = topLayerOf(image);
    for (const tag of top === undefined ? [] : image.tags) {
      const reference = parseReference(tag);
      const repository = familiarName(reference.repository);
      const tags = repositories.get(repository) ?? new Map<string, string>();
      tags.set(reference.tag ?? "latest", top === undefined ? "" : hexOf(top));
      repositories.set(repository, tags);
    }
  }
  if (repositories.size === 0) return undefined;
  const json = Object.fromEntries([...repositories].map(([repository, tags]) => [repository, Object.fromEntries(tags)]));
  return `${JSON.stringify(json)}\n`;
}

function nameAnnotations(tag: string): Record<string, string> {
  return { "io.containerd.image.name": tag, "org.opencontainers.image.ref.name": parseReference(tag).tag ?? "latest" };
}
