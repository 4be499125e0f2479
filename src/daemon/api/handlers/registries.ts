import { internal, invalidArgument } from "#errors";
import { filterBool, filterValues, parseFilters, parseRegistryAuth } from "#wire";
import { encodePlatform } from "../encode/manifest-summary.ts";
import { json } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { readBody } from "../http/request-body.ts";
import { credentialsOf } from "./pull-image.ts";

/** `POST /auth`: credentials are proven and forgotten; the client keeps them. */
export async function logIn({ api, body, signal }: Call): Promise<WholeAnswer> {
  const { serverAddress = "", ...credentials } = parseRegistryAuth((await readBody(body, api.limits.jsonBody)).toString("utf8"));
  const { status, identityToken } = await api.engine.registries.login(serverAddress, credentials, { signal });
  return json({ IdentityToken: identityToken, Status: status });
}

const DEFAULT_RESULTS = 25;
const MAX_RESULTS = 100;
const SEARCH_FILTERS = new Set(["is-official", "is-automated", "stars"]);

/** `GET /images/search`. */
export async function searchImages(call: Call): Promise<WholeAnswer> {
  const { api, parameters, signal } = call;
  const limit = readLimit(parameters.text("limit"));
  const filters = parseFilters(parameters.text("filters"), SEARCH_FILTERS);
  const isOfficial = filterBool(filters, "is-official");
  const stars = (filterValues(filters, "stars") ?? []).map(readStars);
  // Docker's registry marks nothing as automated any more.
  if (filterBool(filters, "is-automated") === true) return json([]);
  const found = await api.engine.registries.search(
    {
      term: parameters.text("term"),
      limit,
      minStars: Math.max(0, ...stars),
      credentials: credentialsOf(call),
      ...(isOfficial !== undefined && { isOfficial }),
    },
    { signal },
  );
  return json(
    found.map(({ name, description, stars: count, isOfficial: official }) => {
      return { star_count: count, is_official: official, name, is_automated: false, description };
    }),
  );
}

function readLimit(text: string): number {
  if (text === "") return DEFAULT_RESULTS;
  if (!/^[-+]?\d+$/.test(text))
    throw invalidArgument(`invalid limit specified: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const limit = Number(text);
  if (limit === 0) return DEFAULT_RESULTS;
  if (limit < 1 || limit > MAX_RESULTS) throw invalidArgument(`limit ${limit} is outside the range of [1, ${MAX_RESULTS}]`);
  return limit;
}

function readStars(text: string): number {
  if (!/^[-+]?\d+$/.test(text))
    throw invalidArgument(`invalid filter 'stars=${text}': strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** `GET /distribution/{name}/json`. */
export async function inspectDistribution(call: Call): Promise<WholeAnswer> {
  const { api, name, signal } = call;
  if (/^(?:sha256:)?[0-9a-f]{64}$/.test(name)) throw internal("no manifest found for full image ID");
  const { descriptor, platforms } = await api.engine.registries.inspect(name, credentialsOf(call), { signal });
  const { mediaType, digest, size, urls } = descriptor;
  return json({
    Descriptor: { mediaType, digest, size, ...(urls !== undefined && { urls }) },
    Platforms: platforms?.map(encodePlatform) ?? null,
  });
}
