import { hexOf, algorithmOf, isIndexType, parseDescriptor } from "#oci";
import type { Descriptor, Digest, JsonObject } from "#oci";
import { refusal } from "../client.ts";
import type { Call, RegistryClient, Reply } from "../client.ts";
import { detailsOf, failure } from "../failure.ts";
import type { ListOptions, ReferrersOptions } from "../types.ts";
import { pages } from "./json-page.ts";
import { fetchManifest, pullScope } from "./manifests.ts";

const DEFAULT_LIMIT = 100_000;
const PAGE_LENGTH = "1000";
/** What registries say to a path that they do not know; only the first is the specification's. */
const NO_REFERRERS_API = new Set([404, 400, 405, 406, 501]);

interface List {
  readonly call: Pick<Call, "operation" | "path" | "scopes">;
  /** Where a page has its names. */
  readonly member: string;
  readonly pattern: RegExp;
}

export function listTags(client: RegistryClient, path: string, options: ListOptions): Promise<readonly string[]> {
  const call = { operation: "list the tags", path: `/${path}/tags/list`, scopes: [pullScope(path)] };
  return listNames(client, { call, member: "tags", pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/ }, options);
}

export function listRepositories(client: RegistryClient, options: ListOptions): Promise<readonly string[]> {
  const call = { operation: "list the repositories", path: "/_catalog", scopes: ["registry:catalog:*"] };
  return listNames(client, { call, member: "repositories", pattern: /^[a-z0-9][a-z0-9._/-]{0,255}$/ }, options);
}

/** The referrers API, or the tag `<algorithm>-<hex>` that stands in for it (distribution-spec, "Referrers Tag Schema"). */
export async function listReferrers(
  client: RegistryClient,
  path: string,
  digest: Digest,
  { signal, artifactType }: ReferrersOptions,
): Promise<readonly Descriptor[]> {
  const query = artifactType === undefined ? [] : ([["artifactType", artifactType]] as const);
  const call = { operation: "list the referrers", path: `/${path}/referrers/${digest}`, query, scopes: [pullScope(path)], signal };
  const plan = { ...call, capability: "pull", patience: "request" } as const;
  const found = await client.run(plan, async (endpoint) => {
    const ask = (url: URL | undefined): Promise<Reply> =>
      client.ask(endpoint, { ...call, method: "GET", ...(url !== undefined && { url }) });
    const first = await ask(undefined);
    if (NO_REFERRERS_API.has(first.response.status)) {
      first.response.discard();
      return undefined;
    }
    const descriptors: Descriptor[] = [];
    for await (const { page, reply } of pages(async (url) => accepted(url === undefined ? first : await ask(url)))) {
      descriptors.push(...descriptorsOf(page, reply));
    }
    return descriptors;
  });
  const all = found ?? (await taggedReferrers(client, path, digest, signal));
  return artifactType === undefined ? all : all.filter((descriptor) => descriptor.artifactType === artifactType);
}

/** The tag that lists what refers to `digest`, where a registry does not. */
export function referrersTag(digest: Digest): string {
  return `${algorithmOf(digest).slice(0, 32)}-${hexOf(digest).slice(0, 64)}`;
}

async function taggedReferrers(
  client: RegistryClient,
  path: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  try {
    const { document } = await fetchManifest(client, path, referrersTag(digest), { signal });
    return document.kind === "index" ? document.manifests : [];
  } catch (error) {
    // Whatever words a registry has for it, or none.
    if (detailsOf(error).status === 404) return [];
    throw error;
  }
}

async function listNames(
  client: RegistryClient,
  { call, member, pattern }: List,
  { signal, limit = DEFAULT_LIMIT }: ListOptions,
): Promise<readonly string[]> {
  const plan = { ...call, capability: "resolve", patience: "request", signal } as const;
  return client.run(plan, async (endpoint) => {
    const names = new Set<string>();
    const ask = async (url: URL | undefined): Promise<Reply> => {
      const page: Call = { ...call, method: "GET", query: [["n", PAGE_LENGTH]], signal };
      return accepted(await client.ask(endpoint, url === undefined ? page : { ...page, url }));
    };
    for await (const { page, reply } of pages(ask)) {
      for (const name of namesOf(page[member], pattern, reply)) names.add(name);
      if (names.size > limit) {
        throw failure("internal", `cannot ${call.operation}: ${reply.asking.host} has more than ${limit}`, reply.asking);
      }
    }
    return [...names];
  });
}

function namesOf(value: unknown, pattern: RegExp, { asking }: Reply): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw failure("internal", `cannot ${asking.operation}: ${asking.host} did not answer with a list`, asking);
  return value.map((name: unknown) => {
    if (typeof name === "string" && pattern.test(name)) return name;
    throw failure(
      "internal",
      `cannot ${asking.operation}: ${asking.host} names ${JSON.stringify(name)?.slice(0, 200)}, which is no name`,
      asking,
    );
  });
}

function descriptorsOf(page: JsonObject, { asking }: Reply): readonly Descriptor[] {
  const { manifests, mediaType } = page;
  if (typeof mediaType === "string" && !isIndexType(mediaType)) {
    throw failure("internal", `cannot ${asking.operation}: ${asking.host} answered with "${mediaType}", expected an index`, asking);
  }
  return Array.isArray(manifests) ? manifests.map((entry, index) => parseDescriptor(entry, `referrers: manifests[${index}]`)) : [];
}

async function accepted(reply: Reply): Promise<Reply> {
  if (reply.response.status === 200) return reply;
  throw await refusal(reply);
}
