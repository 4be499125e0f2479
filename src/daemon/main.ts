#!/usr/bin/env node
import type { Engine } from "#engine";
import { runProgram } from "./program.ts";

const exitCode = await runProgram<Engine>(process.argv.slice(2), async ({ config, logger, version, labels }) => {
  const [{ openEngine }, { collectHostFacts, createApi }] = await Promise.all([import("#engine"), import("./api/index.ts")]);
  const host = await collectHostFacts();
  return {
    openEngine: () => openEngine({ dataRoot: config.dataRoot, warn: (message) => logger.warn("engine: opened with repairs", { message }) }),
    createApi: (engine, { draining }) =>
      createApi(engine, { version, host, logger, labels, draining, debug: config.debug, registries: config.registries }),
  };
});
// Worker threads that wait for work would keep the process.
process.exit(exitCode);
