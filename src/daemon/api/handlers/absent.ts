import { notFound, notImplemented, unavailable } from "#errors";
import type { EngineError } from "#errors";
import { json } from "../http/answer.ts";
import type { ApiContext, Call } from "../http/call.ts";
import type { Handler } from "../http/route.ts";

/** What Docker's clients ask for beyond images. Where the truth is "there are none", they get it in Docker's form. */
export function notServed({ options }: Pick<ApiContext, "options">, what: string, reason: string): EngineError {
  return notImplemented(`${what} is not implemented by slipway ${options.version}: ${reason}`);
}

/** A handler that says what is missing. */
export function missing(what: string, reason: string): Handler {
  return ({ api }) => {
    throw notServed(api, what, reason);
  };
}

/** A constant answer, after the filters were found to be ones that Docker knows. */
export function always(value: unknown, filters?: readonly string[]): Handler {
  const accepted = filters && new Set(filters);
  return ({ parameters }) => {
    if (accepted !== undefined) parameters.filters(accepted);
    return json(value);
  };
}

export function noPlugin({ name }: Call): never {
  throw notFound(`plugin ${JSON.stringify(name)} not found`);
}

/** Docker answers this to everything about a swarm that is not there; its clients know what it means. */
export function noSwarm(): never {
  throw unavailable(
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
}
