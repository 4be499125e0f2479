import { setTimeout as pause } from "node:timers/promises";
import { manyFiles } from "../corpus/index.ts";
import { residentBytes } from "../measure/processes.ts";
import type { Case } from "./case.ts";
import { needsPid, withFreshDaemon } from "./own-daemon.ts";
import { load, removeImages } from "./own-images.ts";

const MEGABYTE = 1_000_000;
const SETTLE_MS = 3_000;

/** Resident memory of the whole process tree, a few seconds after the last request. */
export const idleMemory: Case = {
  name: "idle-memory",
  measures: [
    { id: "idle", title: "resident, idle (slipway: fresh; references: as found)", unit: "MB", goal: { below: 100 } },
    { id: "after", title: "resident, idle after a load of 21,000 files", unit: "MB" },
  ],
  roundsAtMost: 3,
  skip: needsPid,
  async setup({ target }) {
    await removeImages(target.client, await manyFiles("docker"));
  },
  run(stage) {
    return withFreshDaemon(stage, async ({ client, pid }) => {
      await pause(SETTLE_MS);
      const idle = residentBytes(pid);
      const archive = await manyFiles("docker");
      await load(client, archive);
      await removeImages(client, archive);
      await pause(SETTLE_MS);
      return [
        { measure: "idle", value: idle / MEGABYTE },
        { measure: "after", value: residentBytes(pid) / MEGABYTE },
      ];
    });
  },
  async teardown({ target }) {
    await removeImages(target.client, await manyFiles("docker"));
  },
};
