import { EngineError, isEngineError } from "#errors";
import { parseReference } from "#oci";
import type { RegistryClient } from "../client.ts";
import { detailsOf } from "../failure.ts";
import type { OperationOptions, SearchRequest, SearchResult } from "../types.ts";
import { findRepositories, listTags } from "./lists.ts";
import { DEFAULT_LIMIT, splitTerm } from "./search.ts";

/** True for what a registry says that has no search; what it did not say, or takes back later, is no answer. */
export function hasNoSearch(error: unknown): boolean {
  const { isNetwork = false, isTransient = false, isUnreached = false } = detailsOf(error);
  return isEngineError(error, "internal") && !isNetwork && !isTransient && !isUnreached;
}

/**
 * Stands in for a search where there is none: repositories whose names have the words in them, or where the catalog is
 * closed the one of exactly that name, if it can be seen. Lists know names alone, so nothing else is told of them.
 *
 * @throws `refusal`, what came of the search proper, with the reason why lists are no help.
 */
export async function searchListings(
  client: RegistryClient,
  { term, limit = DEFAULT_LIMIT }: SearchRequest,
  refusal: unknown,
  options: OperationOptions,
): Promise<readonly SearchResult[]> {
  const { words } = splitTerm(term);
  try {
    return (await findRepositories(client, words, { ...options, limit })).map(toResult);
  } catch (error) {
    if (!(error instanceof EngineError) || detailsOf(error).status === undefined) throw error;
    if (await isRepository(client, words, options)) return [toResult(words)];
    throw explained(refusal, error);
  }
}

async function isRepository(client: RegistryClient, words: string, options: OperationOptions): Promise<boolean> {
  if (!isPath(client.domain, words)) return false;
  try {
    return (await listTags(client, words, options)).length > 0;
  } catch (error) {
    if (detailsOf(error).status !== undefined) return false;
    throw error;
  }
}

/** The grammar of references is what keeps words from being any other place of the registry. */
function isPath(domain: string, words: string): boolean {
  try {
    const { path, tag, digest } = parseReference(`${domain}/${words}`);
    return path === words && tag === undefined && digest === undefined;
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) return false;
    throw error;
  }
}

function toResult(name: string): SearchResult {
  return { name, description: "", stars: 0, isOfficial: false };
}

/** Of the refusal's own kind: of an `unauthorized` the stock client would ask its user for a password, and wait. */
function explained(refusal: unknown, error: EngineError): unknown {
  if (!(refusal instanceof EngineError)) return refusal;
  const message = `${refusal.message}: there is no search, and no list of its repositories: ${error.message}`;
  return new EngineError(refusal.kind, message, { cause: error, ...(error.details !== undefined && { details: error.details }) });
}
