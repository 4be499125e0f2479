import type { IncomingMessage, ServerResponse } from "node:http";
import type { Engine } from "#engine";
import type { EngineError } from "#errors";
import { MAX_API_VERSION, MIN_API_VERSION } from "#wire";
import type { ErrorDetailJson } from "#wire";
import { describe } from "../describe-error.ts";
import type { ApiOptions } from "./api-options.ts";
import { DEFAULT_LIMITS } from "./api-options.ts";
import { empty } from "./http/answer.ts";
import type { WholeAnswer } from "./http/answer.ts";
import type { ApiContext, Call } from "./http/call.ts";
import { checkRouteVersion, normalizeVersion, refuseVersion } from "./http/check-version.ts";
import { clientGone } from "./http/client-gone.ts";
import { dropRest } from "./http/drop-rest.ts";
import { errorAnswer, errorDetail, foreseen, PAGE_NOT_FOUND } from "./http/error-answer.ts";
import { compileRoutes } from "./http/find-route.ts";
import type { FoundRoute } from "./http/find-route.ts";
import { readParameters } from "./http/read-parameters.ts";
import { bodyChunks, refuseTransferCodings } from "./http/request-body.ts";
import { cleanPath, decodePath, encodePath, splitTarget } from "./http/request-path.ts";
import { sendAnswer, sendWhole } from "./http/send-answer.ts";
import { ROUTES } from "./routes.ts";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

interface Routed {
  readonly found: FoundRoute;
  readonly version: string;
  readonly query: string;
}

/** The Engine API over an engine, as the listener of any number of `node:http` servers. */
export function createApi(engine: Engine, options: ApiOptions): RequestListener {
  const findRoute = compileRoutes(ROUTES);
  const api: ApiContext = {
    engine,
    options,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    minApiVersion: options.minApiVersion ?? MIN_API_VERSION,
    now: options.now ?? (() => new Date()),
  };
  const versionHeaders = {
    "Api-Version": MAX_API_VERSION,
    Ostype: options.host.os,
    // Old clients read the system out of exactly this form.
    Server: `Docker/${options.version} (${options.host.os})`,
  };
  const headers = { ...versionHeaders, "Docker-Experimental": "false" };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    refuseTransferCodings(request);
    const { path: rawPath, query } = splitTarget(request.url ?? "/");
    if (request.method === "OPTIONS") return sendWhole(response, empty(200), { headers });
    const path = decodePath(rawPath);
    const cleaned = cleanPath(path);
    if (cleaned !== path) return sendWhole(response, movedTo(cleaned, query), { headers: {} });
    const found = findRoute(request.method ?? "", path);
    if (found === undefined) return sendWhole(response, PAGE_NOT_FOUND, { headers: {} });
    const version = found.version ?? MAX_API_VERSION;
    const refusal = refuseVersion(version, api.minApiVersion);
    if (refusal !== undefined) return sendWhole(response, refusal, { headers: versionHeaders });
    await answerRoute(request, response, { found, version: normalizeVersion(version), query });
  }

  async function answerRoute(request: IncomingMessage, response: ServerResponse, { found, version, query }: Routed): Promise<void> {
    const { route, name } = found;
    const signal = clientGone(response);
    checkRouteVersion(route, version);
    const parameters = await readParameters(request, { query, takesArchive: route.takesArchive, limit: api.limits.formBody });
    const call: Call = { api, version, name, parameters, headers: request.headers, body: bodyChunks(request), signal };
    const describeFailure = (error: unknown): ErrorDetailJson => errorDetail(failure(error, request));
    await sendAnswer(response, await route.handler(call), { headers, signal, describeFailure });
  }

  /** Queries stay out of the log: they may hold passwords. */
  function failure(error: unknown, { method, url = "" }: IncomingMessage): EngineError {
    const request = { method, path: splitTarget(url).path };
    const known = foreseen(error, (bug) => options.logger.error("api: bug", { ...request, error: describe(bug) }));
    // A fault of the disk or the machine has a cause; other things that are unavailable are no news.
    if (known.kind === "data-loss" || (known.kind === "unavailable" && known.cause !== undefined)) {
      options.logger.warn("api: request failed", { ...request, error: known.message });
    }
    return known;
  }

  return (request, response) => {
    dropRest(request, response, api.limits.unreadBody);
    answer(request, response).catch((error: unknown) => {
      const known = failure(error, request);
      if (response.headersSent) response.destroy();
      else sendWhole(response, errorAnswer(known), { headers });
    });
  };
}

function movedTo(path: string, query: string): WholeAnswer {
  return empty(301, { Location: `${encodePath(path)}${query === "" ? "" : `?${query}`}` });
}
