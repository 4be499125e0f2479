import type { LayerIndex } from "./layer-index.ts";

/** A directory as the layers that take part in it have it, topmost first; `children` once they were asked for. */
export interface MergedDirectory {
  readonly parts: readonly { readonly layer: number; readonly at: number }[];
  children: ReadonlyMap<string, MergedNode> | undefined;
}

export type MergedNode =
  | { readonly kind: "directory"; readonly directory: MergedDirectory }
  | { readonly kind: "leaf"; readonly layer: number; readonly at: number };

export function mergedRoot(layers: readonly LayerIndex[]): MergedDirectory {
  const parts: { layer: number; at: number }[] = [];
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    const index = layers[layer];
    if (index === undefined) break;
    parts.push({ layer, at: index.root });
    if (index.isOpaque) break;
  }
  return { parts, children: undefined };
}

/** In the order of their names. */
export function mergedChildren(layers: readonly LayerIndex[], { parts }: MergedDirectory): ReadonlyMap<string, MergedNode> {
  const merged = new Map<string, MergedNode>();
  for (const { layer, at } of [...parts].reverse()) {
    for (const child of layers[layer]?.directory(at).children ?? []) {
      if (child.kind === "whiteout") {
        merged.delete(child.name);
      } else if (child.kind === "leaf") {
        merged.set(child.name, { kind: "leaf", layer, at: child.at });
      } else {
        const below = child.isOpaque ? undefined : merged.get(child.name);
        const lower = below?.kind === "directory" ? below.directory.parts : [];
        merged.set(child.name, { kind: "directory", directory: { parts: [{ layer, at: child.at }, ...lower], children: undefined } });
      }
    }
  }
  // One layer's names are in order already.
  if (parts.length < 2) return merged;
  return new Map([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
}
