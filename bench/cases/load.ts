import { bigLayer, manyFiles } from "../corpus/index.ts";
import type { CorpusArchive } from "../corpus/index.ts";
import { flushDisks, levelGround } from "../measure/level-ground.ts";
import { cpuSeconds } from "../measure/processes.ts";
import type { Case, Sample } from "./case.ts";
import { load, removeImages } from "./own-images.ts";

export const loadManyFiles = loadCase("load-many-files", "load, 21,000 files, plain layers", () => manyFiles("docker"));
export const loadManyFilesOci = loadCase("load-many-files-oci", "load, 21,000 files, OCI with gzip layers", () => manyFiles("oci"));
export const loadBigLayer = loadCase("load-big-layer", "load, one layer of 300 MB", () => bigLayer("docker"));
export const loadBigLayerOci = loadCase("load-big-layer-oci", "load, one layer of 300 MB, OCI with gzip", () => bigLayer("oci"));

function loadCase(name: string, title: string, archive: () => Promise<CorpusArchive>): Case {
  return {
    name,
    measures: [
      { id: "load", title, unit: "ms", goal: { timesFaster: 3, than: "dockerd" } },
      // Engines differ in what they have forced to disk when they answer; this row makes them equal.
      { id: "durable", title: `${title}, until all is on disk`, unit: "ms" },
      { id: "cpu", title: `${title}, processor time of the daemon`, unit: "s" },
    ],
    async setup({ target }) {
      await removeImages(target.client, await archive());
    },
    async run({ target }) {
      const wanted = await archive();
      await levelGround(wanted.path);
      const cpuBefore = target.pid === undefined ? undefined : cpuSeconds(target.pid);
      const { elapsedMs } = await load(target.client, wanted);
      const cpuAfter = target.pid === undefined ? undefined : cpuSeconds(target.pid);
      const flushStarted = performance.now();
      await flushDisks();
      const flushMs = performance.now() - flushStarted;
      await removeImages(target.client, wanted);
      const samples: Sample[] = [
        { measure: "load", value: elapsedMs },
        { measure: "durable", value: elapsedMs + flushMs },
      ];
      if (cpuBefore !== undefined && cpuAfter !== undefined) samples.push({ measure: "cpu", value: cpuAfter - cpuBefore });
      return samples;
    },
    async teardown({ target }) {
      await removeImages(target.client, await archive());
    },
  };
}
