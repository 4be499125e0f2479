import { parseRepository, registryError, registryFaultOf } from "#distribution";
import type { Chunk, Repository, UploadStatus } from "#distribution";
import { isEngineError } from "#errors";
import { isDigest } from "#oci";
import type { Digest } from "#oci";
import { firstValue } from "#wire";
import { encodePath } from "../../api/index.ts";
import { parseContentRange } from "../byte-range.ts";
import { errorReply } from "../error-reply.ts";
import type { RegistryCall } from "../registry-call.ts";
import { emptyReply } from "../reply.ts";
import type { Reply, ReplyHeaders } from "../reply.ts";
import { readDigest } from "./digests.ts";

/** Begins an upload, unless the blob is here already and only has to be mounted, or comes along whole. */
export async function beginUpload(call: RegistryCall): Promise<Reply> {
  const { distribution, name, query } = call;
  const repository = parseRepository(name);
  const mount = firstValue(query, "mount");
  // Every repository holds every blob, so it does not matter from which one.
  if (mount !== undefined && isDigest(mount) && distribution.claimBlob(mount) !== undefined) return blobCreated(name, mount);
  const whole = mount === undefined ? firstValue(query, "digest") : undefined;
  return whole === undefined
    ? emptyReply(202, whereAbouts(name, distribution.beginUpload(repository)))
    : receiveWhole(call, repository, readDigest(whole));
}

export function uploadStatus({ distribution, name, item }: RegistryCall): Reply {
  return emptyReply(204, whereAbouts(name, distribution.uploadStatus(parseRepository(name), item)));
}

export async function continueUpload(call: RegistryCall): Promise<Reply> {
  const { distribution, name, item } = call;
  const repository = parseRepository(name);
  return inOrder(call, repository, async () => {
    return emptyReply(202, whereAbouts(name, await distribution.appendToUpload(repository, item, readChunk(call))));
  });
}

export async function finishUpload(call: RegistryCall): Promise<Reply> {
  const { distribution, name, item, query } = call;
  const repository = parseRepository(name);
  const digest = readDigest(firstValue(query, "digest"));
  return inOrder(call, repository, async () => {
    await distribution.finishUpload(repository, item, digest, readChunk(call));
    return blobCreated(name, digest);
  });
}

export async function cancelUpload({ distribution, name, item }: RegistryCall): Promise<Reply> {
  await distribution.cancelUpload(parseRepository(name), item);
  return emptyReply(204);
}

async function receiveWhole(call: RegistryCall, repository: Repository, digest: Digest): Promise<Reply> {
  const { distribution, name } = call;
  const { id } = distribution.beginUpload(repository);
  try {
    await distribution.finishUpload(repository, id, digest, readChunk(call));
  } catch (error) {
    // Nobody has been told of this upload, so nobody can go on with it.
    await distribution.cancelUpload(repository, id).catch(() => undefined);
    throw error;
  }
  return blobCreated(name, digest);
}

/** @throws RANGE_INVALID for a range that cannot be read; BLOB_UPLOAD_INVALID for one that is not as long as its bytes. */
function readChunk({ headers, body }: RegistryCall): Chunk {
  const length = headers["content-length"];
  const size = length === undefined ? undefined : Number(length);
  const header = headers["content-range"];
  if (header === undefined) return { body, ...(size !== undefined && { size }) };
  const range = parseContentRange(header);
  if (range === undefined) throw registryError("RANGE_INVALID", "invalid content range, expected <first byte>-<last byte>");
  if (size !== undefined && size !== range.length) {
    throw registryError("BLOB_UPLOAD_INVALID", `the range has ${range.length} bytes, the body ${size}`);
  }
  return { body, from: range.start, size: range.length };
}

/** Who sends the wrong part is told which is the right one. */
async function inOrder({ distribution, name, item }: RegistryCall, repository: Repository, work: () => Promise<Reply>): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (!isEngineError(error) || registryFaultOf(error)?.code !== "RANGE_INVALID") throw error;
    const reply = errorReply(error);
    return { ...reply, headers: { ...reply.headers, ...whereAbouts(name, distribution.uploadStatus(repository, item)) } };
  }
}

function whereAbouts(name: string, { id, received }: UploadStatus): ReplyHeaders {
  return {
    Location: encodePath(`/v2/${name}/blobs/uploads/${id}`),
    // Of nothing there is no range; this is what registries say.
    Range: `0-${Math.max(0, received - 1)}`,
    "Docker-Upload-UUID": id,
  };
}

function blobCreated(name: string, digest: Digest): Reply {
  return emptyReply(201, { Location: encodePath(`/v2/${name}/blobs/${digest}`), "Docker-Content-Digest": digest });
}
