#!/usr/bin/env -S node --max-semi-space-size=1 --initial-old-space-size=48
// The flags above keep buffers that have passed through from piling up, and from costing more than passing: a young
// generation of 1 MiB is collected so often that memory stays flat while gigabytes stream (measured: 120 MB at the most,
// instead of 204 MB, for 2 GB), and as V8 counts such buffers against the whole heap, a small one would be collected
// whole for every 10 MB of them. Below 48 MiB it is not (measured: 1 collection instead of 6 in a push of 48 MB).
import type { Engine } from "#engine";
import { runProgram } from "./program.ts";
import { registryConfig } from "./registry-config.ts";

const exitCode = await runProgram<Engine>(process.argv.slice(2), async ({ config, logger, version, labels }) => {
  const [{ openEngine }, { collectHostFacts, createApi }, { createRegistry }] = await Promise.all([
    import("#engine"),
    import("./api/index.ts"),
    import("./v2/index.ts"),
  ]);
  const host = await collectHostFacts();
  return {
    openEngine: () =>
      openEngine({
        dataRoot: config.dataRoot,
        registries: registryConfig(config, version),
        ...(config.buildCacheLimit !== undefined && { buildCache: { maxUsedSpace: config.buildCacheLimit } }),
        allowInsecureBuilds: config.allowInsecureBuilds,
        pushCompression: config.registries.pushCompression,
        warn: (message) => logger.warn("engine: opened with repairs", { message }),
      }),
    createApi: (engine, { draining }) => {
      const { debug, registries } = config;
      const api = createApi(engine, { version, host, logger, labels, draining, debug, registries });
      return createRegistry(engine.distribution, { allowRemoval: config.registryDelete, logger }, api);
    },
  };
});
// Worker threads that wait for work would keep the process.
process.exit(exitCode);
