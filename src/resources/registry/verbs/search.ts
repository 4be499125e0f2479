import { invalidArgument } from "#errors";
import { isJsonObject, parseReference } from "#oci";
import type { JsonObject } from "#oci";
import type { RegistryClient } from "../client.ts";
import { basicToken, credentialsFor } from "../credentials.ts";
import { failure } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import { HUB_DOMAIN } from "../hosts/hub.ts";
import type { OperationOptions, SearchRequest, SearchResult } from "../types.ts";
import { readJson } from "./json-page.ts";

export const DEFAULT_LIMIT = 25;

/** Which registry a term names, and what is looked for there. */
export function splitTerm(term: string): { readonly domain: string; readonly words: string } {
  if (/^[a-z]+:\/\//i.test(term)) throw invalidArgument(`invalid repository name: repository name (${term}) should not have a scheme`);
  const [first = "", ...rest] = term.split("/");
  const namesHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (!namesHost || first === HUB_DOMAIN || first === `index.${HUB_DOMAIN}`) {
    const words = namesHost ? rest.join("/") : term;
    return { domain: HUB_DOMAIN, words: words.replace(/^library\//, "") };
  }
  // The grammar of references is what keeps a host from being anything else.
  const { domain } = parseReference(`${first}/x`);
  return { domain, words: rest.join("/") };
}

/** The search of registries' first version, which Docker Hub still has. */
export async function search(
  client: RegistryClient,
  request: SearchRequest,
  { signal }: OperationOptions,
): Promise<readonly SearchResult[]> {
  const { words } = splitTerm(request.term);
  const plan = { operation: "search", capability: "resolve", patience: "request", originOnly: true, signal } as const;
  return client.run(plan, async (registry) => {
    const endpoint = indexOf(client, registry);
    const url = new URL("/v1/search", endpoint.origin);
    url.searchParams.set("q", words);
    url.searchParams.set("n", String(request.limit ?? DEFAULT_LIMIT));
    const headers = { ...request.headers, "x-docker-token": "true", accept: "application/json" };
    const { username = "", password = "" } = credentialsFor(request.credentials, endpoint, client.domain, words) ?? {};
    const basic = username === "" || password === "" ? {} : { authorization: `Basic ${basicToken(username, password)}` };
    const call = { ...plan, method: "GET", url, scopes: [], headers: { ...headers, ...basic } } as const;
    const reply = await client.askOpenly(endpoint, call, url.href);
    const { status } = reply.response;
    if (status !== 200) {
      reply.response.discard();
      throw failure("internal", `Unexpected status code ${status}`, reply.asking, { status, isTransient: status > 500 });
    }
    const { results } = await readJson(reply);
    return Array.isArray(results) ? results.filter(isJsonObject).map(toResult) : [];
  });
}

function indexOf(client: RegistryClient, registry: Endpoint): Endpoint {
  if (client.domain !== HUB_DOMAIN) return registry;
  const { origin, host } = new URL(client.deps.hosts.indexOrigin);
  return { ...registry, root: `${origin}/v1`, origin, host, headers: {} };
}

function toResult({ name, description, star_count: stars, is_official: isOfficial }: JsonObject): SearchResult {
  return {
    name: typeof name === "string" ? name : "",
    description: typeof description === "string" ? description : "",
    stars: typeof stars === "number" && Number.isFinite(stars) ? stars : 0,
    isOfficial: isOfficial === true,
  };
}
