/**
 * The data root as a place: who owns it, and how files appear in it whole or not at all.
 *
 * Promises: after a crash a file written here is the old one or the new one, never half of either. Knows nothing
 * of what the files hold. Beside it, directories that are held, for whoever walks where others may change the way.
 */
export { DiskReserve } from "./disk-reserve.ts";
export { moveDurably, removeQuietly, syncDirectory, writeFileAtomic } from "./atomic.ts";
export { HeldDirectory } from "./held-directory.ts";
export { MemoryFolder } from "./memory-folder.ts";
export { lockDirectory } from "./directory-lock.ts";
export type { DirectoryLock } from "./directory-lock.ts";
