/** One request of the conversation and how its answer is kept. */
export interface Step {
  /** Unique; starts with the topic: `list: label filter`. */
  readonly name: string;
  readonly method: "GET" | "POST" | "DELETE" | "HEAD" | "OPTIONS" | "PUT";
  /** Without the version, which is put in front; `{alpha}`, `{alpha:12}` and `{alpha:hex}` stand for a captured ID. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Keeps the string at this place of the answer under a name, for later steps. */
  readonly capture?: { readonly as: string; readonly at: readonly (string | number)[] };
  /** `raw`: the path is sent as it stands. */
  readonly prefix?: "version" | "raw";
  /** `shape`: values differ from machine to machine, only keys and types are compared; `sorted`: the order of rows is
   * free; `layers`: messages are told layer by layer, whose order among each other is free. */
  readonly keep?: "shape" | "sorted" | "status" | "layers";
  /** The engine's clock is read before this step, and known by this name. */
  readonly clock?: string;
}

export type Query = Readonly<Record<string, string | readonly string[]>>;

type Extra = Omit<Step, "name" | "method" | "path" | "query">;

export function get(name: string, path: string, query: Query = {}, extra: Extra = {}): Step {
  return { name, method: "GET", path, query, ...extra };
}

export function post(name: string, path: string, query: Query = {}, extra: Extra = {}): Step {
  return { name, method: "POST", path, query, ...extra };
}

export function remove(name: string, path: string, query: Query = {}, extra: Extra = {}): Step {
  return { name, method: "DELETE", path, query, ...extra };
}

export function load(name: string, body: Uint8Array, query: Query = {}): Step {
  return { name: `load: ${name}`, method: "POST", path: "/images/load", query, body, headers: { "content-type": "application/x-tar" } };
}

/** Inspects an image so that its ID is known to the steps that follow. */
export function learn(as: string, name: string): Step {
  return { name: `learn: ${as}`, method: "GET", path: `/images/${name}/json`, capture: { as, at: ["Id"] } };
}

/** A `filters` parameter in the form that clients send. */
export function filters(value: Readonly<Record<string, unknown>>): Query {
  return { filters: JSON.stringify(value) };
}
