import { homedir } from "node:os";
import { announcement, hasCommand } from "./announcement.ts";
import { checkReport } from "./check-report.ts";
import { defaultPlaces, formatHost, helpText, loadCommand } from "./config/index.ts";
import type { Command, Config, Surroundings } from "./config/index.ts";
import { describe } from "./describe-error.ts";
import { createLogger } from "./logger.ts";
import type { Logger } from "./logger.ts";
import type { DaemonParts, ServedEngine } from "./run-daemon.ts";
import { watchStopRequests } from "./stop-requests.ts";
import type { StopRequests } from "./stop-requests.ts";
import { readVersion } from "./version.ts";

export interface ProgramContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly version: string;
  /** As in force now: a reload replaces them. */
  readonly labels: () => readonly string[];
}

/** Loads what the daemon serves; only called when it is going to serve. */
export type LoadParts<E extends ServedEngine> = (context: ProgramContext) => Promise<DaemonParts<E>>;

/** `slipwayd` from its arguments to its exit code. */
export async function runProgram<E extends ServedEngine>(argv: readonly string[], loadParts: LoadParts<E>): Promise<number> {
  const surroundings = readSurroundings();
  // Sockets from systemd are for this process; what it starts must not take them for its own.
  for (const name of ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]) delete process.env[name];
  try {
    const command = loadCommand(argv, surroundings);
    switch (command.action) {
      case "help":
        process.stdout.write(`${helpText(defaultPlaces(surroundings))}\n`);
        return 0;
      case "version":
        process.stdout.write(`slipwayd version ${readVersion()}\n`);
        return 0;
      case "validate":
        await validate(command.config);
        process.stdout.write("configuration OK\n");
        return 0;
      case "fsck":
        return await check(command.config, command.repair, surroundings);
      case "serve":
        return await serve(command.config, () => loadCommand(argv, surroundings), loadParts);
    }
  } catch (error) {
    process.stderr.write(`slipwayd: ${error instanceof Error && "kind" in error ? error.message : describe(error)}\n`);
    return 1;
  }
}

function readSurroundings(): Surroundings {
  return { environment: { ...process.env }, uid: process.geteuid?.() ?? -1, pid: process.pid, home: homedir() };
}

/** Prints what is wrong with the data root; exit code 0 says that nothing is, or nothing any more. */
async function check(config: Config, repair: boolean, surroundings: Surroundings): Promise<number> {
  const { checkDataRoot } = await import("#engine");
  const { registryConfig } = await import("./registry-config.ts");
  const { dockerCredentials } = await import("./docker-credentials.ts");
  const { dataRoot } = config;
  const warn = (message: string): void => void process.stderr.write(`slipwayd: ${message}\n`);
  const registries = registryConfig(config, readVersion());
  const options = { dataRoot, repair, warn, registries, ...(repair && { credentials: await dockerCredentials(surroundings) }) };
  const report = await checkDataRoot(options);
  process.stdout.write(checkReport(dataRoot, report));
  return report.lost.length === 0 && (report.problems.length === 0 || repair) ? 0 : 1;
}

/** What can only be found out by looking into the files. */
async function validate({ tls }: Config): Promise<void> {
  if (tls === undefined) return;
  const { mutualTls } = await import("./listen/index.ts");
  await mutualTls(tls);
}

async function serve<E extends ServedEngine>(config: Config, reload: () => Command, loadParts: LoadParts<E>): Promise<number> {
  // Whatever is made from here on is for its owner alone, unless its maker says otherwise.
  process.umask(0o077);
  // A reader that went away must not take the daemon with it.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const logger = createLogger({ level: config.logLevel, format: config.logFormat, write: (line) => process.stderr.write(line) });
  let labels = config.labels;
  const stopRequests = watchForStops(logger, () => {
    labels = reloaded(reload, logger)?.labels ?? labels;
  });
  const version = readVersion();
  const [{ runDaemon }, parts] = await Promise.all([
    import("./run-daemon.ts"),
    loadParts({ config, logger, version, labels: () => labels }),
  ]);
  return runDaemon(config, parts, {
    logger,
    stopRequests,
    onReady: ({ hosts, tokenFile }) => {
      const hasDocker = hasCommand("docker", process.env["PATH"] ?? "");
      process.stdout.write(announcement({ version, hosts, dataRoot: config.dataRoot, tokenFile, hasDocker }));
      logger.info("daemon: ready", { version, pid: process.pid, hosts: hosts.map(formatHost).join(" ") });
    },
  });
}

function watchForStops(logger: Logger, onReload: () => void): StopRequests {
  return watchStopRequests({
    onReload,
    kill: (exitCode, reason) => {
      if (reason.kind === "bug") logger.error("daemon: killed by a bug while stopping", { error: describe(reason.error) });
      else logger.warn("daemon: killed while stopping", { signal: reason.signal });
      process.exit(exitCode);
    },
  });
}

/** Labels and the log level change at once; the rest of the configuration waits for a restart. */
function reloaded(reload: () => Command, logger: Logger): Config | undefined {
  try {
    const command = reload();
    if (command.action !== "serve") return undefined;
    logger.setLevel(command.config.logLevel);
    logger.info("daemon: configuration reloaded");
    return command.config;
  } catch (error) {
    logger.error("daemon: configuration not reloaded", { error: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}
