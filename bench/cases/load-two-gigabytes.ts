import { twoGigabytes } from "../corpus/index.ts";
import { levelGround } from "../measure/level-ground.ts";
import { pollDuring } from "../measure/poller.ts";
import { MemoryWatch } from "../measure/processes.ts";
import type { Case } from "./case.ts";
import { needsPid, withFreshDaemon } from "./own-daemon.ts";
import { expectLoaded, removeImages } from "./own-images.ts";

const MEGABYTE = 1_000_000;
const PAUSE_MS = 20;

/** One layer of 2 GiB, made while it is sent: memory must stay flat, and small requests must not wait. */
export const loadTwoGigabytes: Case = {
  name: "load-2-gb",
  measures: [
    { id: "load", title: "load, one layer of 2 GB", unit: "ms" },
    { id: "peak", title: "resident during a 2 GB load, peak", unit: "MB", goal: { below: 200 } },
    { id: "growth", title: "resident during a 2 GB load, growth", unit: "MB" },
    { id: "ping", title: "ping during a 2 GB load, 99 of 100", unit: "ms", percentile: 0.99 },
  ],
  roundsAtMost: 2,
  skip: needsPid,
  async setup({ target }) {
    await removeImages(target.client, await twoGigabytes());
  },
  run(stage) {
    return withFreshDaemon(stage, async ({ client, pid }) => {
      const archive = await twoGigabytes();
      await levelGround();
      using memory = new MemoryWatch(pid);
      const order = { socketPath: client.socketPath, paths: ["/_ping"], pauseMs: PAUSE_MS };
      const { result, latencies } = await pollDuring(order, () => client.upload("/images/load?quiet=1", archive.open()));
      const { beforeBytes, peakBytes } = memory.stop();
      await expectLoaded(client, archive);
      await removeImages(client, archive);
      return [
        { measure: "load", value: result.elapsedMs },
        { measure: "peak", value: peakBytes / MEGABYTE },
        { measure: "growth", value: (peakBytes - beforeBytes) / MEGABYTE },
        ...(latencies.byPath["/_ping"] ?? []).map((value) => ({ measure: "ping", value })),
      ];
    });
  },
  async teardown({ target }) {
    await removeImages(target.client, await twoGigabytes());
  },
};
