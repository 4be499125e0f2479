import { createHash } from "node:crypto";
import type { TarEntryInput } from "#archive";
import { describeEntry } from "../copy/layer-draft.ts";
import type { FileTree } from "../trees/file-tree.ts";
import { treeChanges } from "../trees/tree-changes.ts";

/** Whether a layer holds what a draft would put there, as `digestsOf` has it, times aside; directories on the way may be in it or not. */
export async function holdsSame(layer: FileTree, content: ReadonlyMap<string, string>): Promise<boolean> {
  const wanted = new Map(content);
  for await (const { header, body } of treeChanges(layer, { before: undefined, firstLayer: 0 })) {
    const described = describeEntry(header);
    const digest = wanted.get(described);
    if (digest === undefined && header.type !== "directory") return false;
    if (digest !== undefined && digest !== (await digestOf(header, body as AsyncIterable<Uint8Array> | undefined))) return false;
    wanted.delete(described);
  }
  return wanted.size === 0;
}

/** Digests of a draft's files, by what is said of each entry. */
export async function digestsOf(content: AsyncIterable<string | Uint8Array>): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  let described: string | undefined;
  let hash = createHash("sha256");
  for await (const part of content) {
    if (typeof part !== "string") {
      hash.update(part);
      continue;
    }
    if (described !== undefined) digests.set(described, hash.digest("hex"));
    described = part;
    hash = createHash("sha256");
  }
  if (described !== undefined) digests.set(described, hash.digest("hex"));
  return digests;
}

async function digestOf({ type }: TarEntryInput, body: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const hash = createHash("sha256");
  if (type === "file" && body !== undefined) for await (const chunk of body) hash.update(chunk);
  return hash.digest("hex");
}
