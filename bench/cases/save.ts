import { stat } from "node:fs/promises";
import { internal } from "#errors";
import { bigLayer, manyFiles } from "../corpus/index.ts";
import type { CorpusArchive } from "../corpus/index.ts";
import { levelGround } from "../measure/level-ground.ts";
import { cpuSeconds } from "../measure/processes.ts";
import type { Case, Sample } from "./case.ts";
import { load, removeImages } from "./own-images.ts";

export const saveManyFiles = saveCase("save-many-files", "save, 21,000 files, loaded plain", () => manyFiles("docker"));
export const saveManyFilesOci = saveCase("save-many-files-oci", "save, 21,000 files, loaded as gzip", () => manyFiles("oci"));
export const saveBigLayer = saveCase("save-big-layer", "save, one layer of 300 MB, loaded plain", () => bigLayer("docker"));
export const saveBigLayerOci = saveCase("save-big-layer-oci", "save, one layer of 300 MB, loaded as gzip", () => bigLayer("oci"));

function saveCase(name: string, title: string, archive: () => Promise<CorpusArchive>): Case {
  return {
    name,
    measures: [
      { id: "save", title, unit: "ms", goal: { timesFaster: 3, than: "dockerd" } },
      { id: "cpu", title: `${title}, processor time of the daemon`, unit: "s" },
    ],
    async setup({ target }) {
      const wanted = await archive();
      await removeImages(target.client, wanted);
      await load(target.client, wanted);
    },
    async run({ target }) {
      const { path, tag } = await archive();
      await levelGround();
      const cpuBefore = target.pid === undefined ? undefined : cpuSeconds(target.pid);
      const { bytes, tail, elapsedMs } = await target.client.download(`/images/get?names=${encodeURIComponent(tag)}`);
      expectWhole(bytes, tail, (await stat(path)).size);
      const samples: Sample[] = [{ measure: "save", value: elapsedMs }];
      if (target.pid !== undefined && cpuBefore !== undefined) {
        samples.push({ measure: "cpu", value: cpuSeconds(target.pid) - cpuBefore });
      }
      return samples;
    },
    async teardown({ target }) {
      await removeImages(target.client, await archive());
    },
  };
}

/** An engine that fails midway can only stop writing; a tar that stops lacks its end. No engine writes much less than it was given. */
function expectWhole(bytes: number, tail: Buffer, loadedBytes: number): void {
  const ended = bytes % 512 === 0 && tail.length === 1024 && tail.every((byte) => byte === 0);
  if (!ended || bytes < loadedBytes * 0.9)
    throw internal(`cannot measure save: a broken tar of ${bytes} bytes, loaded were ${loadedBytes}`);
}
