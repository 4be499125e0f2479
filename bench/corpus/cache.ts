import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Part of every file name: a change of what the corpus holds makes new files instead of trusting old ones. */
const GENERATION = "v1";

/**
 * The file `name` of the corpus, written by `write` unless an earlier run has. The files take about 1 GB in
 * `bench/.cache`, which is ignored by git and may be deleted at any time.
 */
export async function cached(name: string, write: () => AsyncIterable<Uint8Array>): Promise<string> {
  const folder = join(import.meta.dirname, "..", ".cache");
  const path = join(folder, `${GENERATION}-${name}`);
  if (await exists(path)) return path;
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  try {
    await writeAll(unfinished, write());
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  return path;
}

async function writeAll(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await using file = await open(path, "w");
  for await (const chunk of chunks) await file.writeFile(chunk);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
