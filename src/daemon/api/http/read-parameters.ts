import type { IncomingMessage } from "node:http";
import { mergeQueries, parseQuery } from "#wire";
import { Parameters } from "./parameters.ts";
import { bodyChunks, hasForm, readBody } from "./request-body.ts";
import type { Route } from "./route.ts";

export interface ParameterSource {
  readonly query: string;
  readonly takesArchive: Route["takesArchive"];
  /** Of a form, in bytes. */
  readonly limit: number;
}

/** Go merges a form in the body in front of the query. */
export async function readParameters(request: IncomingMessage, { query, takesArchive, limit }: ParameterSource): Promise<Parameters> {
  const values = parseQuery(query);
  const parameters = new Parameters(values);
  if (!hasForm(request) || takesArchive(parameters)) return parameters;
  const form = (await readBody(bodyChunks(request), limit)).toString("utf8");
  return new Parameters(mergeQueries(parseQuery(form), values));
}
