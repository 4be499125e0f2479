/**
 * The Engine API over HTTP: which endpoints there are, what each version of the API calls things, and how results,
 * failures and streams look on the wire.
 *
 * Promises: whatever arrives, a client gets an answer in Docker's form; a client that goes away cancels what it asked
 * for; nothing is held back from a slow one but memory. Every handler decodes, asks the engine once and encodes;
 * it decides nothing about images.
 */
export type { ApiOptions, Limits, RegistryOptions } from "./api-options.ts";
export { createApi } from "./create-api.ts";
export type { RequestListener } from "./create-api.ts";
export { collectHostFacts } from "./host-facts.ts";
export type { HostFacts } from "./host-facts.ts";
// What a request is and how it ends, for the other face of the daemon.
export { clientGone } from "./http/client-gone.ts";
export { dropRest } from "./http/drop-rest.ts";
export { foreseen } from "./http/error-answer.ts";
export { bodyChunks, refuseTransferCodings } from "./http/request-body.ts";
export { decodePath, encodePath, splitTarget } from "./http/request-path.ts";
