import { writeTar } from "#archive";
import { EngineError, internal, invalidArgument } from "#errors";
import { parseGitSource, redactUrl, sourceKind } from "#sources";
import { MAX_DOCKERFILE_SIZE } from "#dockerfile";
import { isArchive } from "../steps/archive-source.ts";
import type { BuildDeps } from "../build-deps.ts";
import type { BuildRequest } from "../types.ts";
import { gitAccess } from "./git-access.ts";
import { receiveTree } from "./receive-context.ts";
import type { ReceivedTree } from "./receive-context.ts";

/** Types by which a server may call an archive. Those that say nothing leave it to the bytes. */
const ARCHIVE_TYPE = /^application\/(?:x-)?(?:tar|gzip|bzip2|xz|zstd)$/;
const PEEK = 64 * 1024;
const OPEN_TYPE = /^(?:application\/octet-stream|binary\/octet-stream)?$/;

/** Brings files here that nobody has sent along: those of a repository or URL. */
export async function openRemote(deps: BuildDeps, request: BuildRequest, remote: string, signal: AbortSignal): Promise<ReceivedTree> {
  if (remote === "client-session") {
    throw invalidArgument("experimental session with v1 builder is no longer supported, use builder version v2 (BuildKit) instead");
  }
  switch (sourceKind(remote)) {
    case "git":
      return openRepository(deps, request, remote, signal);
    case "url":
      return openUrl(deps, remote, signal);
    default:
      throw internal(`remoteURL (${remote}) could not be recognized as URL`);
  }
}

async function openRepository(deps: BuildDeps, request: BuildRequest, remote: string, signal: AbortSignal): Promise<ReceivedTree> {
  const source = parseGitSource(remote);
  await using checkout = await deps.git.checkout(source, { ...gitAccess(request, source), signal });
  return await receiveTree(deps, checkout.tar(), signal);
}

async function openUrl(deps: BuildDeps, url: string, signal: AbortSignal): Promise<ReceivedTree> {
  const { contentType = "", body } = await deps.fetchUrl(url, { signal }).catch((error: unknown) => {
    throw downloadFailure(url, error);
  });
  const [type = ""] = contentType.split(";").map((part) => part.trim().toLowerCase());
  if (type === "text/plain") return loneDockerfile(deps, await readAll(body));
  if (ARCHIVE_TYPE.test(type)) return receiveTree(deps, body, signal);
  if (!OPEN_TYPE.test(type)) {
    throw invalidArgument(`error detecting content type for remote ${redactUrl(url)}: unsupported Content-Type ${JSON.stringify(type)}`);
  }
  const { head, whole } = await peek(body);
  return (await isArchive(head)) ? receiveTree(deps, whole, signal) : loneDockerfile(deps, await readAll(whole));
}

/** The text is all there is: nothing can be copied from such a context. */
function loneDockerfile(deps: BuildDeps, bytes: Uint8Array): Promise<ReceivedTree> {
  return receiveTree(deps, writeTar([{ header: { path: "Dockerfile", type: "file", size: bytes.byteLength, mode: 0o644 }, body: bytes }]));
}

/** Enough of a stream to tell what it is, and all of it. */
async function peek(body: AsyncIterable<Uint8Array>): Promise<{ head: AsyncIterable<Uint8Array>; whole: AsyncIterable<Uint8Array> }> {
  const rest = body[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  for (let size = 0; size < PEEK;) {
    const next = await rest.next();
    if (next.done === true) break;
    first.push(next.value);
    size += next.value.byteLength;
  }
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* first;
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  };
  const head = async function* (): AsyncGenerator<Uint8Array> {
    yield* first;
  };
  return { head: head(), whole: whole() };
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_DOCKERFILE_SIZE) throw invalidArgument(`cannot read Dockerfile: expected at most ${MAX_DOCKERFILE_SIZE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function downloadFailure(url: string, error: unknown): unknown {
  if (!(error instanceof EngineError) || error.kind === "cancelled") return error;
  return new EngineError(error.kind, `error downloading remote context ${redactUrl(url)}: ${error.message}`, { cause: error });
}
