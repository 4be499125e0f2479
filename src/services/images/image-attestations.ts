import { invalidArgument } from "#errors";
import { isJsonObject, MAX_MANIFEST_SIZE, MEDIA_TYPE, parseManifest } from "#oci";
import type { Descriptor } from "#oci";
import type { ImageDeps } from "./image-deps.ts";
import { resolveImage } from "./resolve-image.ts";
import { ownManifest, selectManifest } from "./select-manifest.ts";
import type { Attestation, AttestationRequest } from "./types.ts";

const PREDICATE_TYPE = "in-toto.io/predicate-type";
/** SBOMs of large images reach some tens of megabytes. */
export const MAX_STATEMENT_SIZE = 64 * 1024 * 1024;

/** In-toto statements that an index carries about one of its images. Those whose content is not here are left out. */
export async function imageAttestations(deps: ImageDeps, name: string, request: AttestationRequest = {}): Promise<Attestation[]> {
  const image = resolveImage(deps, name);
  const { platform, types = [] } = request;
  const subject = platform === undefined ? ownManifest(deps, image) : selectManifest(deps, image, platform, name, "strict");
  const attestations: Attestation[] = [];
  for (const record of deps.metadata.images.manifestsOf(image.target)) {
    if (record.kind !== "attestation" || record.attestationFor !== subject?.descriptor.digest) continue;
    if (!deps.metadata.blobs.isComplete(record.descriptor.digest)) continue;
    for (const layer of await statementLayers(deps, record.descriptor)) {
      const predicateType = layer.annotations?.[PREDICATE_TYPE] ?? "";
      if (types.length > 0 && !types.includes(predicateType)) continue;
      const statement = request.statements === true ? { statement: await readStatement(deps, layer) } : {};
      attestations.push({ descriptor: layer, predicateType, ...statement });
    }
  }
  return attestations;
}

async function statementLayers({ content }: ImageDeps, descriptor: Descriptor): Promise<readonly Descriptor[]> {
  const document = parseManifest(await content.read(descriptor.digest, MAX_MANIFEST_SIZE), descriptor.mediaType);
  return document.kind === "manifest" ? document.layers.filter((layer) => layer.mediaType === MEDIA_TYPE.inToto) : [];
}

async function readStatement({ content }: ImageDeps, layer: Descriptor): Promise<unknown> {
  const bytes = await content.read(layer.digest, MAX_STATEMENT_SIZE);
  try {
    const statement: unknown = JSON.parse(bytes.toString("utf8"));
    if (isJsonObject(statement)) return statement;
  } catch (error) {
    throw invalidArgument(`cannot parse attestation ${layer.digest}: ${(error as Error).message}`, { cause: error });
  }
  throw invalidArgument(`cannot parse attestation ${layer.digest}: expected a JSON object`);
}
