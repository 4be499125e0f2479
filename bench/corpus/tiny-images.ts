import { CORPUS_LABEL, dockerArchive, imageConfig, measureLayer } from "./archive.ts";
import { cached } from "./cache.ts";
import type { CorpusArchive } from "./corpus-archive.ts";
import { sourceText } from "./random.ts";
import { tarEnd, tarFile } from "./tar-writer.ts";

/**
 * `count` images in one archive: configs of their own, one small layer shared by all; a hundred repositories
 * share the tags. Untagged, they are what a prune removes.
 */
export async function tinyImages(count: number, options: { tagged: boolean }): Promise<CorpusArchive> {
  const part = `${options.tagged ? "tiny" : "dangling"}-${count}`;
  const path = await cached(`${part}.docker.tar`, async function* write() {
    const layer = await measureLayer(tinyTar);
    const images = Array.from({ length: count }, (_, serial) => ({
      tags: options.tagged ? [tinyTag(serial)] : [],
      config: imageConfig(part, [layer], { serial, history: 12 }),
    }));
    yield* dockerArchive(images, [layer]);
  });
  return { path, tag: tinyTag(0), label: `${CORPUS_LABEL}=${part}`, images: count };
}

/** The tag of the `serial`-th tagged image. */
export function tinyTag(serial: number): string {
  return `bench.local/team/service-${serial % 100}:1.${Math.floor(serial / 100)}`;
}

async function* tinyTar(): AsyncGenerator<Uint8Array> {
  yield tarFile("etc/motd", sourceText(2_000, 7));
  yield tarFile("usr/bin/hello", sourceText(14_000, 8), 0o755);
  yield tarEnd();
}
