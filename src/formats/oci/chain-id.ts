import { digestOf } from "./digest.ts";
import type { ChainId, DiffId } from "./digest.ts";

/** One chain ID per layer, base first: the identity of the tree up to and including that layer. */
export function chainIds(diffIds: readonly DiffId[]): ChainId[] {
  const chain: ChainId[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    chain.push(parent === undefined ? diffId : digestOf(`${parent} ${diffId}`));
  }
  return chain;
}
