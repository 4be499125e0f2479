import { CORPUS_LABEL, dockerArchive, imageConfig, measureLayer, ociArchive } from "./archive.ts";
import type { Layer } from "./archive.ts";
import { cached } from "./cache.ts";
import { noise, Random, sourceText } from "./random.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar-writer.ts";
import type { CorpusArchive } from "./corpus-archive.ts";

/** 21,000 files in three layers, sized like a service with its dependencies: half below 2.5 kB, the mean near 6 kB. */
const LAYERS = [
  { root: "usr", files: 6_000, seed: 11 },
  { root: "srv/node_modules", files: 12_500, seed: 12 },
  { root: "srv/app", files: 2_500, seed: 13 },
] as const;
const FILES_PER_FOLDER = 9;
const MEDIAN_SIZE = 2_500;
const SPREAD = 1.35;
const LARGEST = 2 << 20;
const BATCH = 1 << 20;

const PART = "many-files";

export async function manyFiles(kind: "docker" | "oci"): Promise<CorpusArchive> {
  const tag = `bench.local/many-files:${kind}`;
  const path = await cached(`many-files.${kind}.tar`, async function* write() {
    const layers = await manyFilesLayers();
    const image = { tags: [tag], config: imageConfig(PART, layers) };
    yield* kind === "docker" ? dockerArchive([image], layers) : ociArchive(image, layers);
  });
  return { path, tag, label: `${CORPUS_LABEL}=${PART}`, images: 1 };
}

async function manyFilesLayers(): Promise<readonly Layer[]> {
  const text = sourceText(8 << 20, 1);
  const binary = noise(8 << 20, 2);
  return Promise.all(LAYERS.map((plan) => measureLayer(() => batched(layerTar(plan, text, binary)))));
}

function* layerTar(plan: (typeof LAYERS)[number], text: Buffer, binary: Buffer): Generator<Uint8Array> {
  const random = new Random(plan.seed);
  let folder = "";
  for (let index = 0; index < plan.files; index++) {
    if (index % FILES_PER_FOLDER === 0) {
      folder = `${plan.root}/package-${Math.floor(index / FILES_PER_FOLDER / 6)}/folder-${Math.floor(index / FILES_PER_FOLDER) % 6}`;
      yield tarHeader({ path: `${folder}/`, type: "directory" });
    }
    if (random.below(40) === 0) yield tarHeader({ path: `${folder}/link-${index}`, type: "symlink", linkPath: `file-${index}.js` });
    // One file in fifteen is already compressed, as pictures, fonts and archives are.
    const source = random.below(15) === 0 ? binary : text;
    const size = Math.min(random.logNormal(MEDIAN_SIZE, SPREAD), LARGEST);
    const start = random.below(source.length - size);
    yield tarHeader({ path: `${folder}/file-${index}.js`, size });
    yield source.subarray(start, start + size);
    yield tarPadding(size);
  }
  yield tarEnd();
}

async function* batched(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let batch: Uint8Array[] = [];
  let size = 0;
  for (const chunk of chunks) {
    batch.push(chunk);
    size += chunk.length;
    if (size < BATCH) continue;
    yield Buffer.concat(batch);
    batch = [];
    size = 0;
  }
  yield Buffer.concat(batch);
}
