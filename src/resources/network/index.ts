/**
 * The network as a place: where nobody may connect to, which proxy leads where, whom TLS believes, and Docker's words for
 * what goes wrong. Shared by the rooms that go out, as `disk` is by those that write.
 *
 * Promises: what was checked is what is connected to. Sends nothing itself and knows no protocol.
 */
export { isForbiddenAddress, namesAddress } from "./addresses.ts";
export { guardedLookup } from "./guarded-lookup.ts";
export { networkFailure } from "./network-words.ts";
export type { NetworkFailure } from "./network-words.ts";
export { proxyFor } from "./proxy.ts";
export type { ProxyConfig } from "./proxy.ts";
export { trustedAuthorities } from "./trusted-authorities.ts";
