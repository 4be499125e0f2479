import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Brings the machine to the same state before each long measurement: what earlier work left to be written is
 * on disk, and the archive about to be sent is in the page cache. Otherwise one target pays for another's writes.
 */
export async function levelGround(archivePath?: string): Promise<void> {
  await flushDisks();
  if (archivePath === undefined) return;
  for await (const _ of createReadStream(archivePath, { highWaterMark: 1 << 20 }));
}

/** Waits until the kernel has written everything it holds back; engines differ in how much they leave to it. */
export async function flushDisks(): Promise<void> {
  await run("sync");
}
