import type { EventQueue } from "#async";
import { isEngineError, notFound } from "#errors";
import { parseReference } from "#oci";
import type { Descriptor, Digest, Reference } from "#oci";
import type { Repository } from "#registry";
import type { ImageDeps } from "../image-deps.ts";
import type { Cancellable } from "../images.ts";
import { openStored } from "../stored-blob.ts";
import type { PushEvent, UploadState } from "../types.ts";
import { LAYER_TYPE } from "../write-manifest.ts";

/** Layers are reported this often at most, in bytes. */
const REPORT_EVERY = 512 * 1024;

/** What sending to one repository works with. */
export interface Shipment {
  readonly deps: ImageDeps;
  readonly reference: Reference;
  readonly repository: Repository;
  readonly queue: EventQueue<PushEvent>;
  /** Whether what other repositories of the registry have may be mounted. */
  readonly mounts: boolean;
  readonly options: Cancellable;
}

/** Sends a blob as it is stored, unless the registry has it. */
export async function sendStored(shipment: Shipment, blob: Descriptor): Promise<void> {
  const { deps, repository, options } = shipment;
  const { digest, size } = blob;
  if (await isThere(shipment, digest, blob)) return;
  if (deps.metadata.blobs.find(digest) === undefined) throw lacking(digest);
  const onProgress = reporter(shipment, digest, size);
  await repository.uploadBlob(blob, (offset) => readFrom(deps, digest, offset), { ...options, onProgress });
  tell(shipment, digest, { step: "pushed" });
}

/**
 * Sends a plain layer compressed, and says what the registry has now. What it came to is remembered, so that the next
 * registry that has it, or this one, need not be sent it again. Progress is told in bytes of the plain layer.
 */
export async function sendCompressed(shipment: Shipment, { digest, size }: Descriptor): Promise<Descriptor> {
  const { deps, repository, options } = shipment;
  const { compressor, metadata, pushFormat } = deps;
  const mediaType = LAYER_TYPE[pushFormat.name];
  const known = metadata.compressed.find(digest, pushFormat);
  if (known !== undefined && (await isThere(shipment, digest, { mediaType, ...known }))) return { mediaType, ...known };
  const onRead = reporter(shipment, digest, size);
  const open = (): ReturnType<typeof compressor.compress> => compressor.compress(() => openStored(deps, digest), pushFormat, onRead);
  const made = await repository.uploadStream(open, { ...options, label: digest, unmounted: known?.digest });
  metadata.transaction(() => metadata.compressed.put(digest, pushFormat, made));
  tell(shipment, digest, { step: "pushed" });
  return { mediaType, ...made };
}

/** Something that had to be sent is not here. */
export function isLacking(error: unknown): boolean {
  return isEngineError(error, "not-found") && error.details?.["lacking"] !== undefined;
}

/** Tells people about a layer. Configs and statements travel silently. */
export function tell({ deps, queue }: Pick<Shipment, "deps" | "queue">, digest: Digest, state: UploadState): void {
  const layer = deps.metadata.blobs.findLayer(digest);
  if (layer !== undefined) queue.put({ type: "layer", diffId: layer.diffId, state });
}

/** Whether the registry has the wanted form of a stored blob, here or where it can be mounted from. */
async function isThere(shipment: Shipment, stored: Digest, wanted: Descriptor): Promise<boolean> {
  const { deps, reference, repository, mounts, options } = shipment;
  if (await repository.hasBlob(wanted, options)) {
    tell(shipment, stored, { step: "exists" });
    return true;
  }
  if (!mounts) return false;
  // An image that has it came from or went to that repository.
  const name = deps.metadata.names.findElsewhere(stored, reference);
  if (name === undefined) return false;
  const from = parseReference(name).path;
  if (!(await repository.mountBlob(wanted.digest, from, options))) return false;
  tell(shipment, stored, { step: "mounted", from });
  return true;
}

function lacking(digest: Digest): Error {
  return notFound(`NotFound: content digest ${digest}: not found`, { details: { lacking: digest } });
}

function reporter(shipment: Shipment, digest: Digest, total: number): (current: number) => void {
  let reported = 0;
  return (current) => {
    if (current >= reported && current < total && current - reported < REPORT_EVERY) return;
    reported = current;
    tell(shipment, digest, { step: "pushing", current, total });
  };
}

async function* readFrom(deps: ImageDeps, digest: Digest, offset: number): AsyncGenerator<Uint8Array> {
  await using blob = await openStored(deps, digest);
  yield* blob.stream({ start: offset, reuses: true });
}
