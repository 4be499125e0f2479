import { bigLayer, manyFiles, tinyImages } from "../corpus/index.ts";
import type { CorpusArchive } from "../corpus/index.ts";
import { levelGround } from "../measure/level-ground.ts";
import { pollDuring } from "../measure/poller.ts";
import type { Case } from "./case.ts";
import { load, removeImages } from "./own-images.ts";

/** Images in the list that is asked for meanwhile. */
const LISTED = 100;
const PAUSE_MS = 5;

export const listWhileLoadingFiles = listWhileLoading("many-files", "21,000 files load", () => manyFiles("docker"));
export const listWhileLoadingGzip = listWhileLoading("gzip", "300 MB of gzip load", () => bigLayer("oci"));

/** How long a short request waits behind a load: many small entries, or one stream that must be decompressed. */
function listWhileLoading(suffix: string, what: string, loaded: () => Promise<CorpusArchive>): Case {
  const listed = () => tinyImages(LISTED, { tagged: true });
  return {
    name: `list-while-loading-${suffix}`,
    measures: [
      { id: "median", title: `list of ${LISTED} images while ${what}, median`, unit: "ms" },
      { id: "p99", title: `list of ${LISTED} images while ${what}, 99 of 100`, unit: "ms", percentile: 0.99, goal: { below: 20 } },
      { id: "slowest", title: `list of ${LISTED} images while ${what}, slowest`, unit: "ms", percentile: 1 },
    ],
    async setup({ target }) {
      await removeImages(target.client, await listed());
      await removeImages(target.client, await loaded());
      await load(target.client, await listed());
    },
    async run({ target }) {
      const archive = await loaded();
      await levelGround(archive.path);
      const order = { socketPath: target.client.socketPath, paths: ["/images/json"], pauseMs: PAUSE_MS };
      const { latencies } = await pollDuring(order, () => load(target.client, archive));
      await removeImages(target.client, archive);
      const values = latencies.byPath["/images/json"] ?? [];
      return values.flatMap((value) => [
        { measure: "median", value },
        { measure: "p99", value },
        { measure: "slowest", value },
      ]);
    },
    async teardown({ target }) {
      await removeImages(target.client, await loaded());
      await removeImages(target.client, await listed());
    },
  };
}
