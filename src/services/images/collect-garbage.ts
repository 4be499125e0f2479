import { setImmediate as nextTurn } from "node:timers/promises";
import type { Digest } from "#oci";
import type { ImageDeps } from "./image-deps.ts";

type GarbageDeps = Pick<ImageDeps, "content" | "layers" | "metadata" | "holds" | "exclusively">;

/** Looking whether a blob is needed asks the database; other requests get their turn after so many. */
const TURN = 500;

/**
 * Removes those of the given blobs that no target reaches and nobody holds. The records go first and for good, the
 * files after them, so that a crash in between leaves files without records, never the reverse. What is held but not
 * needed waits for its holder.
 */
export async function collectGarbage(deps: GarbageDeps, candidates: Iterable<Digest>): Promise<readonly Digest[]> {
  const considered = [...new Set(candidates)];
  const collected: Digest[] = [];
  for (let first = 0; first < considered.length; first += TURN) {
    if (first > 0) await nextTurn();
    collected.push(...(await deps.exclusively(() => collect(deps, considered.slice(first, first + TURN)))));
  }
  return collected;
}

async function collect({ content, layers, metadata, holds }: GarbageDeps, considered: readonly Digest[]): Promise<readonly Digest[]> {
  const { garbage, trees } = metadata.transaction(() => {
    const unneeded = considered.filter((digest) => !metadata.blobs.isLive(digest));
    const garbage = unneeded.filter((digest) => !holds.postpone(digest));
    return { garbage, trees: metadata.blobs.remove(garbage) };
  });
  if (garbage.length === 0) return garbage;
  await metadata.durable();
  await content.remove(garbage);
  await layers.remove(trees);
  return garbage;
}
