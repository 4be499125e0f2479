import type { IncomingHttpHeaders } from "node:http";
import type { Distribution } from "#distribution";
import type { QueryParameters } from "#wire";
import type { Reply } from "./reply.ts";

/** One request, as its handler sees it. */
export interface RegistryCall {
  readonly distribution: Distribution;
  readonly allowRemoval: boolean;
  /** The repository as the client calls it, unchecked; empty where there is none. */
  readonly name: string;
  /** What comes after the kind of thing: a digest, a tag, the ID of an upload. Unchecked. */
  readonly item: string;
  readonly query: QueryParameters;
  readonly headers: IncomingHttpHeaders;
  /** Only what stands before the body of an answer is wanted. */
  readonly isHead: boolean;
  readonly body: AsyncIterable<Uint8Array>;
}

export type RegistryHandler = (call: RegistryCall) => Reply | Promise<Reply>;
