import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { Pace } from "#async";
import type { TarEntryInput } from "#archive";
import { describeEntry } from "../copy/layer-draft.ts";
import type { FileTree } from "../trees/file-tree.ts";
import { treeChanges } from "../trees/tree-changes.ts";

const DIGEST_OF_NOTHING = createHash("sha256").digest("hex");

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
  const pace = new Pace();
  const digests = new Map<string, string>();
  let described: string | undefined;
  let hash: Hash | undefined;
  for await (const part of content) {
    if (typeof part !== "string") {
      hash ??= createHash("sha256");
      hash.update(part);
      continue;
    }
    if (pace.isDue) await pace.rest();
    if (described !== undefined) digests.set(described, hash?.digest("hex") ?? DIGEST_OF_NOTHING);
    described = part;
    hash = undefined;
  }
  if (described !== undefined) digests.set(described, hash?.digest("hex") ?? DIGEST_OF_NOTHING);
  return digests;
}

/** The same for the same entries and digests, on the same below. */
export async function contentKey(content: ReadonlyMap<string, string>, below: string, epoch: string | undefined): Promise<string> {
  const pace = new Pace();
  const key = createHash("sha256").update(JSON.stringify(["content", below, epoch]));
  for (const entry of content) {
    if (pace.isDue) await pace.rest();
    key.update(JSON.stringify(entry));
  }
  return key.digest("hex");
}

async function digestOf({ type }: TarEntryInput, body: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const hash = createHash("sha256");
  if (type === "file" && body !== undefined) for await (const chunk of body) hash.update(chunk);
  return hash.digest("hex");
}
