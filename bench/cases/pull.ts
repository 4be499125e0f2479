import { bigLayer, manyFiles } from "../corpus/index.ts";
import type { CorpusArchive } from "../corpus/index.ts";
import { levelGround } from "../measure/level-ground.ts";
import { pollDuring } from "../measure/poller.ts";
import { giveBackRegistry, needsRegistry, pullPath, registryHost, seedRegistry, takeRegistry } from "../registry/bench-registry.ts";
import type { Case, Stage } from "./case.ts";
import { expectLoaded, removeImages } from "./own-images.ts";

const AT_ONCE = 8;
const PAUSE_MS = 5;
/** Re-pulls in one round. */
const REPULLS = 20;

export const pullManyFiles = pullCase("pull-many-files", "pull, 21,000 files", "bench/files", () => manyFiles("oci"), 3);
export const pullBigLayer = pullCase("pull-big-layer", "pull, one layer of 300 MB", "bench/big", () => bigLayer("oci"), 1);

function pullCase(name: string, title: string, repository: string, archive: () => Promise<CorpusArchive>, goal: number): Case {
  return {
    name,
    measures: [
      { id: "pull", title, unit: "ms", goal: { timesFaster: goal, than: "dockerd" } },
      { id: "again", title: `${title}, again`, unit: "ms", goal: { below: 10 } },
    ],
    skip: needsRegistry,
    async setup({ target }) {
      await takeRegistry();
      await seedRegistry(await archive(), repository);
      await removeImages(target.client, await archive());
    },
    async run(stage) {
      const { client } = stage.target;
      const name = await seedRegistry(await archive(), repository);
      await levelGround();
      const first = await pull(stage, name);
      await expectLoaded(client, await archive());
      const again = [];
      for (let turn = 0; turn < REPULLS; turn += 1) again.push({ measure: "again", value: await pull(stage, name) });
      await removeImages(client, await archive());
      return [{ measure: "pull", value: first }, ...again];
    },
    async teardown({ target }) {
      await removeImages(target.client, await archive());
      await giveBackRegistry();
    },
  };
}

/** Eight pulls of one repository's layers under eight names, and how long a list waits meanwhile. */
export const pullEight: Case = {
  name: "pull-eight",
  measures: [
    { id: "pull", title: `${AT_ONCE} pulls at once, 21,000 files each`, unit: "ms" },
    { id: "p99", title: `list of images while ${AT_ONCE} pulls run, 99 of 100`, unit: "ms", percentile: 0.99, goal: { below: 20 } },
  ],
  skip: needsRegistry,
  async setup({ target }) {
    await takeRegistry();
    for (const repository of repositories()) await seedRegistry(await manyFiles("oci"), repository);
    await removeImages(target.client, await manyFiles("oci"));
  },
  async run(stage) {
    const host = await registryHost();
    await levelGround();
    const order = { socketPath: stage.target.client.socketPath, paths: ["/images/json"], pauseMs: PAUSE_MS };
    const started = performance.now();
    const { latencies } = await pollDuring(order, () => Promise.all(repositories().map((one) => pull(stage, `${host}/${one}:1`))));
    const elapsed = performance.now() - started;
    await removeImages(stage.target.client, await manyFiles("oci"));
    const waits = latencies.byPath["/images/json"] ?? [];
    return [{ measure: "pull", value: elapsed }, ...waits.map((value) => ({ measure: "p99", value }))];
  },
  async teardown({ target }) {
    await removeImages(target.client, await manyFiles("oci"));
    await giveBackRegistry();
  },
};

function repositories(): readonly string[] {
  return Array.from({ length: AT_ONCE }, (_, index) => `bench/eight-${index}`);
}

async function pull(stage: Stage, name: string): Promise<number> {
  const { elapsedMs } = await stage.target.client.progress(pullPath(stage, name));
  return elapsedMs;
}
