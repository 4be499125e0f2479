import assert from "node:assert/strict";
import { LayerIndex, LayerScanner, TreeView } from "#archive";
import type { TreeEntry } from "#archive";
import { openEngine } from "#engine";
import type { BuildEvent, BuildRequest, Engine, OpenOptions } from "#engine";
import { parseImageConfig } from "#oci";
import type { ImageConfig } from "#oci";
import { dockerArchive, imageOf, readTar, tarOf } from "../workbench/index.ts";
import { tarOfFiles } from "./context-files.ts";
import type { Files } from "./context-files.ts";
import { describeTree } from "./describe-tree.ts";

export interface Order extends Omit<Partial<BuildRequest>, "context"> {
  readonly files?: Files | undefined;
  /** Instead of `files` and `text`: the context as it is sent. */
  readonly archive?: Uint8Array | AsyncIterable<Uint8Array>;
  /** The Dockerfile. */
  readonly text?: string;
}

/** An image that was built, and what the build told. */
export interface Built {
  readonly id: string;
  readonly events: readonly BuildEvent[];
  readonly config: ImageConfig;
  readonly diffIds: readonly string[];
  readonly layers: readonly BuiltLayer[];
  /** Everything in it. */
  readonly files: Record<string, string>;
  /** How a path came out, `undefined` where nothing is. */
  readonly at: (path: string) => TreeEntry | undefined;
}

/** The names in a layer's tar, in its order, each with what it is. */
export type BuiltLayer = Readonly<Record<string, string>>;

interface ArchiveManifest {
  readonly Config: string;
  readonly Layers: readonly string[];
}

/** An engine to build with, and a way to look at what came of it. */
export class BuildBench implements AsyncDisposable {
  readonly engine: Engine;

  private constructor(engine: Engine) {
    this.engine = engine;
  }

  static async open(dataRoot?: string, options: OpenOptions = {}): Promise<BuildBench> {
    return new BuildBench(await openEngine({ ...options, ...(dataRoot === undefined ? { memory: true } : { dataRoot }) }));
  }

  /** Loads an image to build on: each of the layers is a set of files, or a tar. */
  async load(name: string, layers: readonly (Files | Buffer)[], config: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const tars = await Promise.all(layers.map(async (layer) => (Buffer.isBuffer(layer) ? layer : tarOfFiles(layer))));
    const archive = tarOf(dockerArchive([{ image: imageOf(tars, { config }), tags: [name] }]));
    await Array.fromAsync(this.engine.images.load({ archive: once(archive) }));
  }

  async build(order: Order): Promise<Built> {
    const events: BuildEvent[] = [];
    for await (const event of this.engine.builds.build(await requestOf(order))) events.push(event);
    const last = events.at(-1);
    assert.equal(last?.type, "done");
    return { events, ...(await this.look(last.id)) };
  }

  /** What a build that must fail says. */
  async fail(order: Order): Promise<string> {
    const error = await this.build(order).then(
      () => assert.fail("the build did not fail"),
      (cause: unknown) => cause,
    );
    assert.ok(error instanceof Error && error.name === "EngineError", `not an error of the engine: ${String(error)}`);
    return error.message;
  }

  /** An image, as a saved archive has it. */
  async look(name: string): Promise<Omit<Built, "events">> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.engine.images.save({ names: [name] })) chunks.push(chunk);
    const { data } = readTar(Buffer.concat(chunks));
    const file = (path: string): Buffer => data.get(path) ?? assert.fail(`the archive has no ${path}`);
    const [manifest] = JSON.parse(file("manifest.json").toString()) as [ArchiveManifest];
    const tars = manifest.Layers.map(file);
    const config = parseImageConfig(file(manifest.Config));
    const indexes = tars.map(indexOf);
    const tree = new TreeView(indexes);
    const layers = indexes.map((index, number) => describeTree(new TreeView([index]), [tars[number] ?? Buffer.alloc(0)]));
    const id = `sha256:${/[0-9a-f]{64}/.exec(manifest.Config)?.[0] ?? ""}`;
    const files = describeTree(tree, tars);
    return { id, config, diffIds: config.diffIds, layers, files, at: (path) => tree.stat(path, { followLinks: false }) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.engine.close();
  }
}

/** Numbers of the steps that were found in the cache. */
export function cachedSteps(events: readonly BuildEvent[]): number[] {
  const cached: number[] = [];
  let number = 0;
  for (const event of events) {
    if (event.type === "step") ({ number } = event);
    if (event.type === "cached") cached.push(number);
  }
  return cached;
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function requestOf({ files = {}, archive, text, ...request }: Order): Promise<BuildRequest> {
  if (request.parts !== undefined) return request;
  const sent = archive ?? (await tarOfFiles({ ...(text !== undefined && { Dockerfile: text }), ...files }));
  return { ...request, context: sent instanceof Uint8Array ? once(sent) : sent };
}

function indexOf(tar: Uint8Array): LayerIndex {
  const scanner = new LayerScanner();
  scanner.push(tar);
  return LayerIndex.open(scanner.finish().index);
}
