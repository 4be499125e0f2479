import type { IncomingMessage, ServerResponse } from "node:http";
import type { Engine } from "#engine";
import { invalidArgument } from "#errors";
import { compareApiVersions, MAX_API_VERSION, MIN_API_VERSION, mergeQueries, parseQuery } from "#wire";
import { describe } from "../describe-error.ts";
import type { ApiOptions } from "./api-options.ts";
import { DEFAULT_LIMITS } from "./api-options.ts";
import { empty, plainText } from "./http/answer.ts";
import type { WholeAnswer } from "./http/answer.ts";
import type { ApiContext, Call } from "./http/call.ts";
import { dropRest } from "./http/drop-rest.ts";
import { errorAnswer, foreseen, PAGE_NOT_FOUND } from "./http/error-answer.ts";
import { compileRoutes } from "./http/find-route.ts";
import type { FoundRoute } from "./http/find-route.ts";
import { Parameters } from "./http/parameters.ts";
import { bodyChunks, hasForm, readBody, refuseTransferCodings } from "./http/request-body.ts";
import { cleanPath, decodePath, encodePath, splitTarget } from "./http/request-path.ts";
import type { Route } from "./http/route.ts";
import { sendAnswer, sendWhole } from "./http/send-answer.ts";
import { ROUTES } from "./routes.ts";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

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
    await answerRoute(request, response, { found, version, query });
  }

  async function answerRoute(
    request: IncomingMessage,
    response: ServerResponse,
    { found, version, query }: { readonly found: FoundRoute; readonly version: string; readonly query: string },
  ): Promise<void> {
    const signal = clientGone(response);
    const parameters = await readParameters(request, { query, takesArchive: found.route.takesArchive, limit: api.limits.formBody });
    refuseOldVersion(found, version);
    const call: Call = { api, version, name: found.name, parameters, headers: request.headers, body: bodyChunks(request), signal };
    await sendAnswer(response, await found.route.handler(call), {
      headers,
      signal,
      describeFailure: (error) => failure(error, request).message,
    });
  }

  function failure(error: unknown, request: IncomingMessage): ReturnType<typeof foreseen> {
    const { method, url } = request;
    const known = foreseen(error, (bug) => options.logger.error("api: bug", { method, url, error: describe(bug) }));
    if (known.kind === "data-loss" || known.kind === "unavailable")
      options.logger.warn("api: request failed", { method, url, error: known.message });
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

/** Clients below 1.24 expect plain text; whatever they ask for, this is what they get. */
function refuseVersion(version: string, minimum: string): WholeAnswer | undefined {
  if (compareApiVersions(version, MAX_API_VERSION) > 0) {
    return errorAnswer(invalidArgument(`client version ${version} is too new. Maximum supported API version is ${MAX_API_VERSION}`));
  }
  if (compareApiVersions(version, minimum) >= 0) return undefined;
  const message = `client version ${version} is too old. Minimum supported API version is ${minimum}, please upgrade your client to a newer version`;
  if (compareApiVersions(version, "1.24") >= 0) return errorAnswer(invalidArgument(message));
  return plainText(`${message}\n`, 400, { "X-Content-Type-Options": "nosniff" });
}

function refuseOldVersion({ route }: FoundRoute, version: string): void {
  if (route.since === undefined || compareApiVersions(version, route.since) >= 0) return;
  throw invalidArgument(`${route.method} ${route.pattern} requires minimum API version ${route.since}`);
}

interface ParameterSource {
  readonly query: string;
  readonly takesArchive: Route["takesArchive"];
  readonly limit: number;
}

/** Go merges a form in the body in front of the query. */
async function readParameters(request: IncomingMessage, { query, takesArchive, limit }: ParameterSource): Promise<Parameters> {
  const values = parseQuery(query);
  const parameters = new Parameters(values);
  if (!hasForm(request) || takesArchive(parameters)) return parameters;
  const form = (await readBody(bodyChunks(request), limit)).toString("utf8");
  return new Parameters(mergeQueries(parseQuery(form), values));
}

function clientGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}
