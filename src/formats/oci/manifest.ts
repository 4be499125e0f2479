import { invalidArgument } from "#errors";
import type { Descriptor, Platform } from "./descriptor.ts";
import { parseDigest } from "./digest.ts";
import {
  isJsonObject,
  optionalArray,
  optionalObject,
  optionalString,
  optionalStringMap,
  optionalStrings,
  parseJsonObject,
} from "./json.ts";
import type { JsonObject } from "./json.ts";
import { isIndexType, isManifestType, MEDIA_TYPE } from "./media-types.ts";

/** Registries and containerd refuse larger documents, so nobody can have one. */
export const MAX_MANIFEST_SIZE = 4 * 1024 * 1024;

/** OCI image-spec manifest.md, or Docker schema 2. `layers` base first. */
export interface ImageManifest {
  readonly kind: "manifest";
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
}

/** OCI image-spec image-index.md, or Docker's manifest list. */
export interface ImageIndex {
  readonly kind: "index";
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type ManifestDocument = ImageManifest | ImageIndex;

/**
 * Reads a manifest or an index and refuses what could be taken for both (CVE-2021-41190).
 *
 * @param declaredType the media type by which the document was announced (descriptor, Content-Type); it must agree.
 * @throws invalid-argument naming the member that does not hold.
 */
export function parseManifest(bytes: Uint8Array, declaredType?: string): ManifestDocument {
  if (bytes.byteLength > MAX_MANIFEST_SIZE) {
    throw invalidArgument(`rejecting ${bytes.byteLength} byte manifest: the limit is ${MAX_MANIFEST_SIZE} bytes`);
  }
  const json = parseJsonObject(bytes, "manifest");
  if (json["schemaVersion"] === 1 || json["fsLayers"] !== undefined) {
    throw invalidArgument(
      "Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been removed. " +
        "Suggest the author of the image to upgrade it to the OCI Format or Docker Image manifest v2, schema 2. " +
        "More information at https://docs.docker.com/go/deprecated-image-specs/",
    );
  }
  const mediaType = documentType(json, declaredType);
  const isIndex = isIndexType(mediaType);
  if (isIndex && (json["config"] !== undefined || json["layers"] !== undefined)) {
    throw invalidArgument(`media-type: "${mediaType}" should not have "config", "layers", or "fsLayers"`);
  }
  if (!isIndex && json["manifests"] !== undefined) {
    throw invalidArgument(`media-type: "${mediaType}" should not have "manifests" or "fsLayers"`);
  }
  return isIndex ? toIndex(json, mediaType) : toManifest(json, mediaType);
}

/** Every blob that a document points at, children before `subject`-like side references (which are not content). */
export function successors(document: ManifestDocument): readonly Descriptor[] {
  return document.kind === "index" ? document.manifests : [document.config, ...document.layers];
}

export function parseDescriptor(value: unknown, what: string): Descriptor {
  if (!isJsonObject(value)) throw invalidArgument(`cannot parse ${what}: expected an object`);
  const { size } = value;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw invalidArgument(`cannot parse ${what}: "size" must be a non-negative integer`);
  }
  const digest = optionalString(value, "digest", what);
  if (digest === undefined) throw invalidArgument(`cannot parse ${what}: "digest" is missing`);
  const urls = optionalStrings(value, "urls", what);
  const annotations = optionalStringMap(value, "annotations", what);
  const artifactType = optionalString(value, "artifactType", what);
  const platform = optionalObject(value, "platform", what);
  return {
    mediaType: optionalString(value, "mediaType", what) ?? "",
    digest: parseDigest(digest),
    size,
    ...(urls !== undefined && { urls }),
    ...(annotations !== undefined && { annotations }),
    ...(artifactType !== undefined && { artifactType }),
    ...(platform !== undefined && { platform: parsePlatformObject(platform, `${what}: platform`) }),
  };
}

/** Reads the JSON form of a platform; `os` and `architecture` may be empty, as in attestation entries of old tools. */
export function parsePlatformObject(json: JsonObject, what: string): Platform {
  const variant = optionalString(json, "variant", what);
  const osVersion = optionalString(json, "os.version", what);
  const osFeatures = optionalStrings(json, "os.features", what);
  return {
    os: optionalString(json, "os", what) ?? "",
    architecture: optionalString(json, "architecture", what) ?? "",
    ...(variant !== undefined && variant !== "" && { variant }),
    ...(osVersion !== undefined && osVersion !== "" && { "os.version": osVersion }),
    ...(osFeatures !== undefined && osFeatures.length > 0 && { "os.features": osFeatures }),
  };
}

function documentType(json: JsonObject, declaredType: string | undefined): string {
  const own = optionalString(json, "mediaType", "manifest");
  const declared = declaredType === "" ? undefined : declaredType;
  if (own !== undefined && own !== "" && declared !== undefined && own !== declared) {
    throw invalidArgument(`manifest says its mediaType is "${own}", but it was announced as "${declared}"`);
  }
  const named = own === undefined || own === "" ? declared : own;
  if (named !== undefined) {
    if (isIndexType(named) || isManifestType(named)) return named;
    throw invalidArgument(`unsupported manifest media type "${named}"`);
  }
  if (json["config"] !== undefined || json["layers"] !== undefined) return MEDIA_TYPE.ociManifest;
  if (json["manifests"] !== undefined) return MEDIA_TYPE.ociIndex;
  throw invalidArgument("media-type: cannot determine");
}

function toManifest(json: JsonObject, mediaType: string): ImageManifest {
  const layers = optionalArray(json, "layers", "manifest") ?? [];
  const artifactType = optionalString(json, "artifactType", "manifest");
  return {
    kind: "manifest",
    mediaType,
    config: parseDescriptor(json["config"], "manifest: config"),
    layers: layers.map((layer, index) => parseDescriptor(layer, `manifest: layers[${index}]`)),
    ...subjectOf(json),
    ...(artifactType !== undefined && { artifactType }),
  };
}

function toIndex(json: JsonObject, mediaType: string): ImageIndex {
  const manifests = optionalArray(json, "manifests", "index") ?? [];
  const annotations = optionalStringMap(json, "annotations", "index");
  return {
    kind: "index",
    mediaType,
    manifests: manifests.map((entry, index) => parseDescriptor(entry, `index: manifests[${index}]`)),
    ...subjectOf(json),
    ...(annotations !== undefined && { annotations }),
  };
}

function subjectOf(json: JsonObject): { subject?: Descriptor } {
  const subject = json["subject"];
  return subject === undefined || subject === null ? {} : { subject: parseDescriptor(subject, "manifest: subject") };
}
