import { isJsonObject } from "#oci";
import type { JsonObject } from "#oci";
import type { Reply } from "../client.ts";
import { failure } from "../failure.ts";
import { readWhole } from "../transport/body.ts";
import { headerLines } from "../transport/headers.ts";

const MAX_PAGE_SIZE = 32 * 1024 * 1024;
const MAX_PAGES = 1000;

/** A JSON object from a registry, of bounded size. */
export async function readJson({ response, asking }: Reply): Promise<JsonObject> {
  const bytes = await readWhole(response.body, MAX_PAGE_SIZE);
  if (bytes === undefined)
    throw failure("internal", `cannot ${asking.operation}: the answer of ${asking.host} is longer than ${MAX_PAGE_SIZE} bytes`, asking);
  const json = parse(bytes);
  if (!isJsonObject(json))
    throw failure("internal", `cannot ${asking.operation}: ${asking.host} did not answer with a JSON object`, asking);
  return json;
}

/** The page after this one (RFC 8288), at the same origin or not at all. */
export function nextPage({ response, asking }: Reply): URL | undefined {
  const text = headerLines(response.headers, "link")
    .map((line) => /<([^<>]*)>[^<>]*;\s*rel="?next"?\s*(?:[;,]|$)/i.exec(line)?.[1])
    .find((link) => link !== undefined);
  if (text === undefined) return undefined;
  const url = URL.canParse(text, response.url.href) ? new URL(text, response.url) : undefined;
  if (url?.origin !== response.url.origin) {
    throw failure("internal", `cannot ${asking.operation}: the next page of ${asking.host} is not at the same host`, asking);
  }
  return url;
}

/** Follows pages to the last; every page has to be another. */
export async function* pages(
  ask: (url: URL | undefined) => Promise<Reply>,
): AsyncGenerator<{ readonly page: JsonObject; readonly reply: Reply }> {
  const seen = new Set<string>();
  let next: URL | undefined;
  do {
    const reply = await ask(next);
    yield { page: await readJson(reply), reply };
    next = nextPage(reply);
    if (next === undefined) return;
    if (seen.has(next.href) || seen.size >= MAX_PAGES) {
      const { asking } = reply;
      throw failure("internal", `cannot ${asking.operation}: the pages of ${asking.host} do not end`, asking);
    }
    seen.add(next.href);
  } while (next !== undefined);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}
