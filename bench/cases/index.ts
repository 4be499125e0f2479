import { buildCached, buildCopy, buildFirstRun, buildRuns, buildStages, buildUncached } from "./build.ts";
import type { Case } from "./case.ts";
import { containerExec, containerList, containerLogs, containerRun, containersAtOnce } from "./containers.ts";
import { history } from "./history.ts";
import { idleMemory } from "./idle-memory.ts";
import { inspect } from "./inspect.ts";
import { listWhileLoadingFiles, listWhileLoadingGzip } from "./list-while-loading.ts";
import { list100, list1000, list10000 } from "./list.ts";
import { loadTwoGigabytes } from "./load-two-gigabytes.ts";
import { loadBigLayer, loadBigLayerOci, loadManyFiles, loadManyFilesOci } from "./load.ts";
import { parseDockerfiles } from "./parse-dockerfiles.ts";
import { ping } from "./ping.ts";
import { prune } from "./prune.ts";
import { pullBigLayer, pullEight, pullManyFiles } from "./pull.ts";
import { push } from "./push.ts";
import { saveBigLayer, saveBigLayerOci, saveManyFiles, saveManyFilesOci } from "./save.ts";
import { startEmpty, startFull } from "./start.ts";
import { tag } from "./tag.ts";

/** Every case, in the order of the table. Memory comes first: later cases leave their mark on the references. */
export const CASES: readonly Case[] = [
  startEmpty,
  startFull,
  idleMemory,
  loadTwoGigabytes,
  loadManyFiles,
  loadManyFilesOci,
  loadBigLayer,
  loadBigLayerOci,
  saveManyFiles,
  saveManyFilesOci,
  saveBigLayer,
  saveBigLayerOci,
  ping,
  list100,
  list1000,
  list10000,
  inspect,
  history,
  tag,
  prune,
  listWhileLoadingFiles,
  listWhileLoadingGzip,
  pullManyFiles,
  pullBigLayer,
  pullEight,
  push,
  buildCached,
  buildUncached,
  buildCopy,
  buildRuns,
  buildStages,
  buildFirstRun,
  containerRun,
  containersAtOnce,
  containerExec,
  containerList,
  containerLogs,
  parseDockerfiles,
];
