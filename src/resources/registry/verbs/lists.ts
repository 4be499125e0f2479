import { hexOf, algorithmOf, isIndexType, parseDescriptor } from "#oci";
import type { Descriptor, Digest, JsonObject } from "#oci";
import { refusal } from "../client.ts";
import type { Call, RegistryClient, Reply } from "../client.ts";
import { detailsOf, failure } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import type { ListOptions, OperationOptions, ReferrersOptions } from "../types.ts";
import { pages } from "./json-page.ts";
import { fetchManifest, pullScope } from "./manifests.ts";

const DEFAULT_LIMIT = 100_000;
const PAGE_LENGTH = "1000";
/** Of a catalog; whoever looks for something in a larger one knows more of its name. */
const MAX_SEARCHED_PAGES = 20;
/** What registries say to a path that they do not know; only the first is the specification's. */
const NO_REFERRERS_API = new Set([404, 400, 405, 406, 501]);

interface List {
  readonly call: Pick<Call, "operation" | "path" | "scopes">;
  /** Where a page has its names. */
  readonly member: string;
  readonly pattern: RegExp;
}

const CATALOG: List = {
  call: { operation: "list the repositories", path: "/_catalog", scopes: ["registry:catalog:*"] },
  member: "repositories",
  pattern: /^[a-z0-9][a-z0-9._/-]{0,255}$/,
};

export function listTags(client: RegistryClient, path: string, options: ListOptions): Promise<readonly string[]> {
  const call = { operation: "list the tags", path: `/${path}/tags/list`, scopes: [pullScope(path)] };
  return listNames(client, { call, member: "tags", pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/ }, options);
}

export function listRepositories(client: RegistryClient, options: ListOptions): Promise<readonly string[]> {
  return listNames(client, CATALOG, options);
}

/** Repositories with `words` in their names, as far as some pages of the catalog tell: the first `limit` of them. */
export async function findRepositories(
  client: RegistryClient,
  words: string,
  { signal, limit }: OperationOptions & { readonly limit: number },
): Promise<readonly string[]> {
  return client.run({ ...CATALOG.call, capability: "resolve", patience: "request", signal, originOnly: true }, async (endpoint) => {
    const found = new Set<string>();
    let pagesRead = 0;
    for await (const { names } of namePages(client, endpoint, CATALOG, signal)) {
      for (const name of names) if (name.includes(words.toLowerCase())) found.add(name);
      pagesRead += 1;
      if (found.size >= limit || pagesRead === MAX_SEARCHED_PAGES) break;
    }
    return [...found].slice(0, limit);
  });
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

async function listNames(client: RegistryClient, list: List, { signal, limit = DEFAULT_LIMIT }: ListOptions): Promise<readonly string[]> {
  const { operation } = list.call;
  return client.run({ ...list.call, capability: "resolve", patience: "request", signal }, async (endpoint) => {
    const all = new Set<string>();
    for await (const { names, reply } of namePages(client, endpoint, list, signal)) {
      for (const name of names) all.add(name);
      if (all.size > limit) throw failure("internal", `cannot ${operation}: ${reply.asking.host} has more than ${limit}`, reply.asking);
    }
    return [...all];
  });
}

async function* namePages(
  client: RegistryClient,
  endpoint: Endpoint,
  { call, member, pattern }: List,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly names: readonly string[]; readonly reply: Reply }> {
  const ask = async (url: URL | undefined): Promise<Reply> => {
    const page: Call = { ...call, method: "GET", query: [["n", PAGE_LENGTH]], signal };
    return accepted(await client.ask(endpoint, url === undefined ? page : { ...page, url }));
  };
  for await (const { page, reply } of pages(ask)) yield { names: namesOf(page[member], pattern, reply), reply };
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
