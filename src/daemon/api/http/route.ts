import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import type { Parameters } from "./parameters.ts";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "DELETE";

export type Handler = (call: Call) => Answer | Promise<Answer>;

/** A parameter of a route, for the coverage document. */
export interface Parameter {
  readonly name: string;
  /** The API version that first reads it; absent when all do. */
  readonly since?: string;
}

/** One row of the route table. */
export interface Route {
  readonly method: Method;
  /** In the words of Docker's route table: `{id}` is one segment, `{name:.*}` any number of them. Error texts show it. */
  readonly pattern: string;
  readonly handler: Handler;
  readonly parameters: readonly Parameter[];
  /** Older versions are refused. */
  readonly since?: string;
  /** Whether, by the query, the body is bytes to keep, whatever `Content-Type` says of them, and not a form. */
  readonly takesArchive: (query: Parameters) => boolean;
}

export interface RouteOptions {
  readonly parameters?: readonly (string | Parameter)[];
  readonly since?: string;
  readonly takesArchive?: (query: Parameters) => boolean;
}

export function route(method: Method, pattern: string, handler: Handler, options: RouteOptions = {}): Route {
  const { parameters = [], since, takesArchive = () => false } = options;
  return {
    method,
    pattern,
    handler,
    parameters: parameters.map((parameter) => (typeof parameter === "string" ? { name: parameter } : parameter)),
    takesArchive,
    ...(since !== undefined && { since }),
  };
}
