import { invalidArgument, isEngineError } from "#errors";
import { canonical, isJsonObject, parseDescriptor, parseJsonObject, parseReference, withDefaultTag } from "#oci";
import type { Descriptor, ImageId } from "#oci";
import type { ArchiveFiles } from "./archive-files.ts";
import type { ArchivedImage } from "./archived-image.ts";
import type { BlobSource } from "./blob-source.ts";

const CONTAINERD_NAME = "io.containerd.image.name";
const OCI_NAME = "org.opencontainers.image.ref.name";

/** Images of an OCI image layout (image-spec image-layout.md), in the order of its index; one per target. */
export function readOciLayout(files: ArchiveFiles, blobs: BlobSource): ArchivedImage[] | undefined {
  const index = files.document("index.json");
  const layout = files.document("oci-layout");
  if (index === undefined || layout === undefined) return undefined;
  checkVersion(layout);
  const json = parseJsonObject(index, "index.json");
  const entries = json["manifests"] ?? [];
  if (!Array.isArray(entries)) throw invalidArgument('cannot parse index.json: "manifests" must be an array');
  const images = new Map<string, { target: Descriptor; names: Set<string> }>();
  entries.forEach((entry: unknown, position) => {
    const target = parseDescriptor(entry, `index.json: manifests[${position}]`);
    const image = images.get(target.digest) ?? { target: withoutNames(target), names: new Set<string>() };
    const name = nameOf(target);
    if (name !== undefined) image.names.add(name);
    images.set(target.digest, image);
  });
  const parents = readParents(files);
  // Docker writes a manifest for what has none when it saves. A manifest of another origin has another form, or no plain layer.
  const isDockerArchive = files.document("manifest.json") !== undefined;
  return [...images.values()].map(({ target, names }) => ({
    target,
    names: [...names],
    parent: parents.get([...names][0] ?? ""),
    isUnpublished: isDockerArchive,
    read: (descriptor) => blobs.read(descriptor),
    blob: (digest) => blobs.blob(digest),
    nameOf: (digest) => digest,
  }));
}

function checkVersion(layout: Uint8Array): void {
  const version = parseJsonObject(layout, "oci-layout")["imageLayoutVersion"];
  if (typeof version !== "string" || !version.startsWith("1.")) throw invalidArgument(`unsupported OCI version ${String(version)}`);
}

/** containerd's full name wins. OCI's may be a full name or only a tag, and a tag alone names nothing. */
function nameOf({ annotations }: Descriptor): string | undefined {
  const full = annotations?.[CONTAINERD_NAME];
  if (full !== undefined) return normalise(full);
  const name = annotations?.[OCI_NAME];
  return name !== undefined && /[/:]/.test(name) ? normalise(name) : undefined;
}

function normalise(name: string): string {
  try {
    return canonical(withDefaultTag(parseReference(name)));
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw invalidArgument(`normalize image ref "${name}": ${error.message}`, { cause: error });
  }
}

/** The names belong to the archive, not to the image; the rest of the descriptor is kept. */
function withoutNames(target: Descriptor): Descriptor {
  const { annotations, ...rest } = target;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => key !== CONTAINERD_NAME && key !== OCI_NAME);
  return kept.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(kept) };
}

/** Docker writes the parent of a classic build only into the `manifest.json` beside the layout. */
function readParents(files: ArchiveFiles): Map<string, ImageId> {
  const parents = new Map<string, ImageId>();
  const manifest = files.document("manifest.json");
  if (manifest === undefined) return parents;
  let items: unknown;
  try {
    items = JSON.parse(Buffer.from(manifest).toString("utf8"));
  } catch {
    // The layout alone is complete; this file only adds to it.
    return parents;
  }
  for (const item of Array.isArray(items) ? items : []) {
    if (!isJsonObject(item) || typeof item["Parent"] !== "string" || !Array.isArray(item["RepoTags"])) continue;
    for (const tag of item["RepoTags"]) if (typeof tag === "string") parents.set(normalise(tag), item["Parent"] as ImageId);
  }
  return parents;
}
