/**
 * The Engine API's bytes, for both ends: JSON shapes and the words that travel with them.
 *
 * Promises: what one end writes the other reads. Pure; knows no image, no socket and no engine. Only the daemon
 * and the clients come here.
 */
export type * from "./shapes/index.ts";
