import assert from "node:assert/strict";
import { test } from "node:test";
import { LayerIndex, LayerScanner, writeTar } from "#archive";
import type { TarInput } from "#archive";
import { createExcludes } from "#dockerfile";
import { digestsOf } from "../steps/same-content.ts";
import { LayerReader } from "../trees/layer-reader.ts";
import { LayerTree } from "../trees/layer-tree.ts";
import { TarInMemory } from "../trees/tar-in-memory.ts";
import { copyPath } from "./copy-tree.ts";
import { LayerDraft } from "./layer-draft.ts";

const FILES = 40_000;
const NOTHING = new LayerReader(new TarInMemory(Buffer.alloc(0)));

test("others have their turns in every part of copying very many files", async () => {
  const tree = await treeOf(Array.from({ length: FILES }, (_, index) => `d${index % 100}/file-${index}`));
  const draft = new LayerDraft(undefined);
  const parts: readonly (readonly [name: string, work: () => Promise<unknown>])[] = [
    ["finding them", () => copyPath(tree, "", "", { ...PLACING, draft })],
    ["telling what they are", () => digestsOf(draft.content())],
    ["writing them", () => drain(draft.tar())],
  ];
  for (const [name, work] of parts) {
    const turns = await turnsDuring(work);
    assert.ok(turns > 3, `${name}: ${turns} turns`);
  }
});

const PLACING = {
  destination: "",
  isDirectory: true,
  owner: undefined,
  changeMode: undefined,
  newDirectoryMode: 0o755,
  exclude: createExcludes([]),
  now: { seconds: 0, nanoseconds: 0 },
  replaces: true,
  missing: (name: string) => new Error(name),
};

async function treeOf(paths: readonly string[]): Promise<LayerTree> {
  const scanner = new LayerScanner();
  const inputs = paths.map((path): TarInput => ({ header: { path, type: "file", size: 0, mode: 0o644 } }));
  for await (const chunk of writeTar(inputs)) scanner.push(chunk);
  return new LayerTree([LayerIndex.open(scanner.finish().index)], "tree", () => Promise.resolve(NOTHING));
}

async function drain(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks);
}

/** Nothing here waits for anything but the event loop. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  try {
    await work();
  } finally {
    clearImmediate(immediate);
  }
  return turns;
}
