import type { IncomingMessage, ServerResponse } from "node:http";
import type { Distribution } from "#distribution";
import type { EngineError } from "#errors";
import { parseQuery } from "#wire";
import { bodyChunks, clientGone, decodePath, dropRest, foreseen, refuseTransferCodings, splitTarget } from "../api/index.ts";
import type { RequestListener } from "../api/index.ts";
import { describe } from "../describe-error.ts";
import type { Logger } from "../logger.ts";
import { errorReply, methodNotAllowed, pathNotFound } from "./error-reply.ts";
import type { RegistryCall, RegistryHandler } from "./registry-call.ts";
import type { Reply } from "./reply.ts";
import { ROUTES } from "./routes.ts";
import { sendReply } from "./send-reply.ts";

export interface RegistryServerOptions {
  /** Whether clients may delete tags, manifests and blobs that nothing needs. */
  readonly allowRemoval: boolean;
  readonly logger: Pick<Logger, "warn" | "error">;
}

/** How much of an unread body is read and dropped after the answer, before the connection is cut; in bytes. */
const UNREAD_BODY = 16 * 1024 * 1024;

/** Answers what is asked below `/v2/` and hands everything else on. */
export function createRegistry(distribution: Distribution, options: RegistryServerOptions, next: RequestListener): RequestListener {
  async function reply(request: IncomingMessage): Promise<Reply> {
    refuseTransferCodings(request);
    const { path, query } = splitTarget(request.url ?? "/");
    const found = findHandler(request.method ?? "", decodePath(path));
    if (!("handler" in found)) return found;
    const call: RegistryCall = {
      distribution,
      allowRemoval: options.allowRemoval,
      name: found.name,
      item: found.item,
      query: parseQuery(query),
      headers: request.headers,
      isHead: request.method === "HEAD",
      body: bodyChunks(request),
    };
    return found.handler(call);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signal = clientGone(response);
    await sendReply(response, await reply(request), { signal, isHead: request.method === "HEAD" });
  }

  /** Queries stay out of the log, as they do everywhere. */
  function failure(error: unknown, { method, url = "" }: IncomingMessage): EngineError {
    const request = { method, path: splitTarget(url).path };
    const known = foreseen(error, (bug) => options.logger.error("registry: bug", { ...request, error: describe(bug) }));
    if (known.kind === "data-loss" || known.kind === "unavailable") {
      options.logger.warn("registry: request failed", { ...request, error: known.message });
    }
    return known;
  }

  return (request, response) => {
    if (!isBelowV2(request)) {
      next(request, response);
      return;
    }
    dropRest(request, response, UNREAD_BODY);
    answer(request, response).catch(async (error: unknown) => {
      const known = failure(error, request);
      // What has begun must not look whole: the client sees a broken transfer instead.
      if (response.headersSent) response.destroy();
      else await sendReply(response, errorReply(known), { signal: AbortSignal.any([]), isHead: request.method === "HEAD" });
    });
  };
}

/** Unversioned: `/v1.51/v2/` is a path of the Engine API like any other. */
function isBelowV2({ url = "/" }: IncomingMessage): boolean {
  const { path } = splitTarget(url);
  return path === "/v2" || path.startsWith("/v2/");
}

function findHandler(method: string, path: string): { handler: RegistryHandler; name: string; item: string } | Reply {
  for (const route of ROUTES) {
    const match = route.path.exec(path);
    if (match === null) continue;
    const handler = Object.hasOwn(route.methods, method === "HEAD" ? "GET" : method)
      ? route.methods[method === "HEAD" ? "GET" : method]
      : undefined;
    if (handler === undefined) return methodNotAllowed(Object.keys(route.methods));
    return { handler, name: match[1] ?? "", item: match[2] ?? "" };
  }
  return pathNotFound();
}
