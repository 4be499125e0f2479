import type { IncomingHttpHeaders } from "node:http";
import type { Engine } from "#engine";
import type { ApiOptions, Limits } from "../api-options.ts";
import type { Parameters } from "./parameters.ts";

/** What stays the same from request to request. */
export interface ApiContext {
  readonly engine: Engine;
  readonly options: ApiOptions;
  readonly limits: Limits;
  readonly minApiVersion: string;
  readonly now: () => Date;
}

/** One request, as its handler sees it. */
export interface Call {
  readonly api: ApiContext;
  /** The API version that the client speaks: the prefix, or the highest. */
  readonly version: string;
  /** What stands for `{name}` or `{id}` in the pattern. */
  readonly name: string;
  /** Of the query, and of a form in the body. */
  readonly parameters: Parameters;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  /** Fires when the client goes away before it has the whole answer. */
  readonly signal: AbortSignal;
}
