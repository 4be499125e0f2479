import type { LayerIndex } from "./layer-index.ts";

/** A directory in one of the layers. */
interface DirectoryPart {
  readonly layer: number;
  readonly at: number;
}

/** A directory as the layers that take part in it have it, topmost first; `children` once they were asked for. */
export interface MergedDirectory {
  /** Those whose names show. */
  readonly parts: readonly DirectoryPart[];
  /** Those that may say what the directory itself is like. */
  readonly describedBy: readonly DirectoryPart[];
  children: ReadonlyMap<string, MergedNode> | undefined;
}

export type MergedNode =
  | { readonly kind: "directory"; readonly directory: MergedDirectory }
  | { readonly kind: "leaf"; readonly layer: number; readonly at: number };

export function mergedRoot(layers: readonly LayerIndex[]): MergedDirectory {
  const describedBy = layers.map(({ root }, layer) => ({ layer, at: root })).reverse();
  const lastOpaque = layers.findLastIndex(({ isOpaque }) => isOpaque);
  return { parts: describedBy.filter(({ layer }) => layer >= lastOpaque), describedBy, children: undefined };
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
        const node = merged.get(child.name);
        const below = child.hides !== "all" && node?.kind === "directory" ? node.directory : undefined;
        const part = { layer, at: child.at };
        const parts = [part, ...(child.hides === "nothing" && below !== undefined ? below.parts : [])];
        merged.set(child.name, {
          kind: "directory",
          directory: { parts, describedBy: [part, ...(below?.describedBy ?? [])], children: undefined },
        });
      }
    }
  }
  // One layer's names are in order already.
  if (parts.length < 2) return merged;
  return new Map([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
}
