import { invalidArgument } from "#errors";
import { isImageConfigType, isIndexType, isLayerType, isManifestType, parseImageConfig, parseManifest } from "#oci";
import type { Descriptor, Digest, ImageConfig, ImageManifest, ManifestDocument, Platform } from "#oci";
import type { ManifestRecord } from "#metadata";

/** Deeper or wider graphs exist only to exhaust us. */
export const MAX_DEPTH = 8;
const MAX_MANIFESTS = 10_000;

const ATTESTATION_TYPE = "vnd.docker.reference.type";
const ATTESTATION_SUBJECT = "vnd.docker.reference.digest";

/** Reads a small document, or tells that it is not there. */
export type ReadDocument = (descriptor: Descriptor) => Promise<Uint8Array | undefined>;

/** One manifest of an image, with as much as is there. */
export interface GraphManifest {
  readonly record: ManifestRecord;
  readonly manifest: ImageManifest | undefined;
  /** The config's bytes as they came, and what they say; kind image only. */
  readonly config: { readonly bytes: Uint8Array; readonly value: ImageConfig } | undefined;
}

/** Everything that a target refers to: the one walk that load, pull, rebuild and check share. */
export interface ImageGraph {
  readonly target: Descriptor;
  /** Manifests and indexes that are there, the target first. */
  readonly documents: ReadonlyMap<Digest, ManifestDocument>;
  /** In the index's order; nested indexes are flattened. */
  readonly manifests: readonly GraphManifest[];
}

/** @throws invalid-argument for documents that do not parse or a graph beyond all measure; what `read` throws. */
export async function readImageGraph(target: Descriptor, read: ReadDocument): Promise<ImageGraph> {
  const documents = new Map<Digest, ManifestDocument>();
  const manifests: GraphManifest[] = [];

  async function visit(descriptor: Descriptor, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) throw invalidArgument(`cannot read index ${target.digest}: it is nested more than ${MAX_DEPTH} deep`);
    if (manifests.length >= MAX_MANIFESTS)
      throw invalidArgument(`cannot read index ${target.digest}: more than ${MAX_MANIFESTS} manifests`);
    // Build caches list their layers in an index, side by side with nothing else.
    const bytes = isDocument(descriptor) ? await read(descriptor) : undefined;
    if (bytes === undefined) {
      manifests.push({ record: absentRecord(descriptor), manifest: undefined, config: undefined });
      return;
    }
    const document = documents.get(descriptor.digest) ?? parseManifest(bytes, descriptor.mediaType);
    documents.set(descriptor.digest, document);
    if (document.kind === "manifest") manifests.push(await readManifest(descriptor, document, read));
    else for (const child of document.manifests) await visit(child, depth + 1);
  }

  await visit(target, 1);
  return { target, documents, manifests };
}

async function readManifest(descriptor: Descriptor, manifest: ImageManifest, read: ReadDocument): Promise<GraphManifest> {
  const kind = kindOf(descriptor, manifest);
  const bytes = kind === "image" ? await read(manifest.config) : undefined;
  const config = bytes && { bytes, value: parseImageConfig(bytes) };
  const platform = descriptor.platform ?? (config && platformOf(config.value));
  const record: ManifestRecord = {
    descriptor,
    kind,
    config: kind === "image" ? manifest.config.digest : undefined,
    platform,
    attestationFor: attestationSubject(descriptor),
  };
  return { record, manifest, config };
}

function isDocument({ mediaType }: Descriptor): boolean {
  return mediaType === "" || isManifestType(mediaType) || isIndexType(mediaType);
}

function absentRecord(descriptor: Descriptor): ManifestRecord {
  const { platform } = descriptor;
  const kind = isAttestation(descriptor) ? "attestation" : platform === undefined || platform.os === "unknown" ? "unknown" : "image";
  return { descriptor, kind, config: undefined, platform, attestationFor: attestationSubject(descriptor) };
}

function kindOf(descriptor: Descriptor, manifest: ImageManifest): ManifestRecord["kind"] {
  if (isAttestation(descriptor)) return "attestation";
  if (isImageConfigType(manifest.config.mediaType)) return "image";
  // Some tools leave the config's type out; layers of a file system still make it an image.
  return manifest.config.mediaType === "" && manifest.layers.every((layer) => isLayerType(layer.mediaType)) ? "image" : "unknown";
}

function isAttestation(descriptor: Descriptor): boolean {
  return descriptor.annotations?.[ATTESTATION_TYPE] === "attestation-manifest";
}

/** The manifest that an attestation speaks of. */
export function attestationSubject(descriptor: Descriptor): Digest | undefined {
  // Only ever shown and compared, so its form does not matter.
  return isAttestation(descriptor) ? (descriptor.annotations?.[ATTESTATION_SUBJECT] as Digest | undefined) : undefined;
}

/** What stands for a target in which there is no manifest to stand for it: an index of nothing, or of nothing known. */
export function wholeTarget({ target }: ImageGraph): GraphManifest {
  const record: ManifestRecord = { descriptor: target, kind: "unknown", config: undefined, platform: undefined, attestationFor: undefined };
  return { record, manifest: undefined, config: undefined };
}

export function platformOf(config: ImageConfig): Platform {
  return {
    os: config.os,
    architecture: config.architecture,
    ...(config.variant !== undefined && { variant: config.variant }),
    ...(config.osVersion !== undefined && { "os.version": config.osVersion }),
    ...(config.osFeatures !== undefined && { "os.features": config.osFeatures }),
  };
}
