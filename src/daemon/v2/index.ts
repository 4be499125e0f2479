/**
 * The engine as a registry over HTTP: OCI's distribution-spec under `/v2/`.
 *
 * Promises: stock clients push and pull, resume and list; every answer, also an error, has the protocol's form; names,
 * tags and digests are parsed once and nothing of a request comes back in a header unless it was. Decides nothing about
 * images, and not who may ask.
 */
export { createRegistry } from "./create-registry.ts";
export type { RegistryServerOptions } from "./create-registry.ts";
