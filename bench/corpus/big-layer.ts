import { readFile } from "node:fs/promises";
import { CORPUS_LABEL, dockerArchive, imageConfig, measureLayer, ociArchive } from "./archive.ts";
import type { Layer } from "./archive.ts";
import { cached } from "./cache.ts";
import type { CorpusArchive } from "./corpus-archive.ts";
import { noise, sourceText } from "./random.ts";
import { tarEnd, tarHeader } from "./tar-writer.ts";

const MEBIBYTE = 1 << 20;

/** One file of 300 MiB in one layer. A quarter of it is text, so that gzip has a little to do. */
export async function bigLayer(kind: "docker" | "oci"): Promise<CorpusArchive> {
  const tag = `bench.local/big-layer:${kind}`;
  const part = "big-layer";
  const path = await cached(`big-layer.${kind}.tar`, async function* write() {
    const layer = await measureLayer(() => singleFileTar(300));
    const image = { tags: [tag], config: imageConfig(part, [layer]) };
    yield* kind === "docker" ? dockerArchive([image], [layer]) : ociArchive(image, [layer]);
  });
  return { path, tag, label: `${CORPUS_LABEL}=${part}`, images: 1 };
}

/** An archive too large to be worth storing: its bytes are made while they are sent. */
export interface StreamedArchive extends Omit<CorpusArchive, "path"> {
  open(): AsyncIterable<Uint8Array>;
}

/** One file of 2 GiB in one layer. Only its digest is kept between runs. */
export async function twoGigabytes(): Promise<StreamedArchive> {
  const part = "two-gigabytes";
  const tar = (): AsyncIterable<Uint8Array> => singleFileTar(2048);
  const measured = await cached("two-gigabytes.json", async function* write() {
    const { size, diffId } = await measureLayer(tar);
    yield Buffer.from(JSON.stringify({ size, diffId }));
  });
  const { size, diffId } = JSON.parse(await readFile(measured, "utf8")) as Pick<Layer, "size" | "diffId">;
  const layer: Layer = { size, diffId, tar };
  const tag = "bench.local/two-gigabytes:docker";
  const image = { tags: [tag], config: imageConfig(part, [layer]) };
  return { tag, label: `${CORPUS_LABEL}=${part}`, images: 1, open: () => dockerArchive([image], [layer]) };
}

/** A tar of one file. Each mebibyte bears its number, so that no two are alike and making one costs a copy. */
async function* singleFileTar(mebibytes: number): AsyncGenerator<Uint8Array> {
  const pattern = Buffer.concat([noise((MEBIBYTE * 3) / 4, 5), sourceText(MEBIBYTE / 4, 6)]);
  yield tarHeader({ path: "model.bin", size: mebibytes * MEBIBYTE });
  for (let index = 0; index < mebibytes; index++) {
    const chunk = Buffer.from(pattern);
    chunk.writeUInt32BE(index, 0);
    yield chunk;
  }
  yield tarEnd();
}
