import { createHash } from "node:crypto";
import { LayerIndex } from "#archive";
import { createExcludes } from "#dockerfile";
import type { RunMount } from "#dockerfile";
import { internal, notFound } from "#errors";
import type { SnapshotLayer } from "#snapshots";
import { copyPath } from "../copy/copy-tree.ts";
import { LayerDraft } from "../copy/layer-draft.ts";
import type { FilesFrom } from "../stage-files.ts";
import type { StageRun } from "../stage-run.ts";
import type { FileTree } from "../trees/file-tree.ts";
import type { BuildLayer } from "../trees/layer-files.ts";
import { receiveTar } from "../trees/plain-layers.ts";
import type { PlannedMount } from "./run-mounts.ts";

/** Where in a chain the mounted thing is. */
export interface Origin {
  readonly key: string;
  readonly path: string;
  readonly isFile: boolean;
  chain(): Promise<readonly SnapshotLayer[]>;
}

/** Shows files of a stage, an image or the context. What the command writes there is gone afterwards. */
export async function planBind(run: StageRun, mount: RunMount, target: string, opened: AsyncDisposableStack): Promise<PlannedMount> {
  const source = mount.source ?? "";
  const { from, isReadOnly } = mount;
  const origin = await originFrom(run, from, source, opened);
  return {
    key: ["bind", target, isReadOnly, origin.key, origin.path],
    open: async (stack) => {
      const snapshot = stack.use(await run.deps.snapshots.prepare({ chain: await origin.chain(), signal: run.build.signal }));
      const place = `${snapshot.root}/${origin.path}`;
      return { mounts: [{ type: "bind", source: place, target, isReadonly: isReadOnly, isFile: origin.isFile }], env: [] };
    },
  };
}

/** Where the files of a stage, image or context are; without a name, of the build's own context. */
export async function originFrom(run: StageRun, from: string | undefined, source: string, opened: AsyncDisposableStack): Promise<Origin> {
  const files: FilesFrom = from === undefined ? { kind: "tree", tree: run.context } : await run.filesFrom(from);
  return files.kind === "tree" ? fromTree(run, files.tree, { source, opened }) : fromLayers(run, files.layers, source);
}

async function fromLayers(run: StageRun, layers: readonly BuildLayer[], source: string): Promise<Origin> {
  const tree = await run.build.files.tree(layers);
  const entry = find(tree, source);
  return { key: tree.identity, path: entry.path, isFile: entry.type !== "directory", chain: () => run.build.files.chain(layers) };
}

/** Lends the place where it is mounted. */
export async function withOrigin<T>(run: StageRun, origin: Origin, use: (place: string) => Promise<T>): Promise<T> {
  const { deps, build } = run;
  await using snapshot = await deps.snapshots.prepare({ chain: await origin.chain(), signal: build.signal });
  return await use(`${snapshot.root}/${origin.path}`);
}

interface TreePlace {
  readonly source: string;
  readonly opened: AsyncDisposableStack;
}

/** Of a context only what is mounted is unpacked: it becomes a layer that no image ever has. */
async function fromTree(run: StageRun, tree: FileTree, { source, opened }: TreePlace): Promise<Origin> {
  const entry = find(tree, source);
  const draft = new LayerDraft(undefined);
  await copyPath(tree, entry.path, "source", {
    draft,
    destination: "source",
    isDirectory: false,
    owner: undefined,
    changeMode: undefined,
    newDirectoryMode: 0o755,
    exclude: createExcludes([]),
    now: entry.mtime,
    replaces: true,
    missing: missingMount,
  });
  const hash = createHash("sha256");
  for await (const part of draft.content()) hash.update(part);
  return {
    key: hash.digest("hex"),
    path: "source",
    isFile: entry.type !== "directory",
    chain: async () => {
      const blob = await receiveTar(run.deps, draft.tar());
      opened.defer(() => run.deps.content.discard([blob]));
      if (blob.layer === undefined) throw internal(`cannot mount ${source}: ${blob.notLayer ?? "it is no layer"}`);
      const open = async function* () {
        await using reader = await run.deps.content.openStaged(blob);
        yield* reader.stream();
      };
      return [{ chainId: blob.layer.diffId, index: LayerIndex.open(blob.layer.index), open }];
    },
  };
}

function find(tree: FileTree, source: string) {
  const entry = tree.stat(source);
  if (entry === undefined) throw missingMount(source);
  return entry;
}

function missingMount(source: string): Error {
  const path = source.startsWith("/") ? source : `/${source}`;
  return notFound(`failed to compute cache key: failed to calculate checksum of ref: ${JSON.stringify(path)}: not found`);
}
