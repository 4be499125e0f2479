/**
 * The doors of the daemon: unix sockets, sockets from systemd, TCP with client certificates or with a token.
 *
 * Promises: a request that reaches the listener came from somebody who may use the engine; a socket's name appears
 * only when it answers and never replaces one that does. Knows nothing of the API behind it.
 */
export { openListeners } from "./open-listeners.ts";
export type { ListenConfig, Listeners } from "./open-listeners.ts";
export type { RequestListener } from "./request-guard.ts";
export { mutualTls } from "./tls-context.ts";
