import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { notFound, unavailable } from "#errors";
import { EngineClient } from "../http/engine-client.ts";
import { describe } from "./describe.ts";
import type { Daemon, Target } from "./target.ts";

const CHECKOUT = join(import.meta.dirname, "../..");
const SOURCE_MAIN = join(CHECKOUT, "src/daemon/main.ts");
/** As `npm start` sets it: without compiled sources at hand a start would measure the compiler. */
const COMPILE_CACHE = join(CHECKOUT, "node_modules/.cache/compile");
const START_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 10_000;
const LAST_WORDS = 2_000;

/**
 * Starts a daemon of its own on an empty data root below the temporary folder: this checkout's sources, or the
 * program `main`, such as a built one.
 */
export async function openSlipway(main = SOURCE_MAIN): Promise<Target> {
  await access(main).catch((cause: unknown) => {
    throw notFound(`cannot start slipway: no such file: ${main}`, { cause });
  });
  const launch = (root: string): Promise<Daemon> => launchDaemon(main, root);
  const dataRoot = await mkdtemp(join(tmpdir(), "slipway-bench-"));
  const close = (): Promise<void> => rm(dataRoot, { recursive: true, force: true });
  try {
    const daemon = await launch(dataRoot);
    return {
      name: "slipway",
      description: await describe(daemon.client),
      client: daemon.client,
      pid: daemon.pid,
      launch,
      async [Symbol.asyncDispose]() {
        await daemon[Symbol.asyncDispose]();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function launchDaemon(main: string, dataRoot: string): Promise<Daemon> {
  const socketFolder = await mkdtemp(join(tmpdir(), "slipway-bench-run-"));
  const socketPath = join(socketFolder, "slipway.sock");
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      "--max-semi-space-size=1",
      "--initial-old-space-size=48",
      "--conditions=source",
      main,
      "--host",
      `unix://${socketPath}`,
      "--data-root",
      dataRoot,
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
      // Out of the terminal's process group: a ^C must not end the daemon before the bench has removed its images.
      detached: true,
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
    },
  );
  const lastWords = keepLastWords(child);
  const killWithBench = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithBench);
  child.once("exit", () => process.removeListener("exit", killWithBench));
  const client = new EngineClient(socketPath);
  try {
    await firstAnswer(child, client, lastWords);
  } catch (error) {
    client[Symbol.dispose]();
    await stop(child);
    await rm(socketFolder, { recursive: true, force: true });
    throw error;
  }
  const firstAnswerMs = performance.now() - started;
  return {
    client,
    pid: child.pid ?? 0,
    firstAnswerMs,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await stop(child);
      await rm(socketFolder, { recursive: true, force: true });
    },
  };
}

async function firstAnswer(child: ChildProcess, client: EngineClient, lastWords: () => string): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    try {
      await client.ask("GET", "/_ping");
      return;
    } catch (cause) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
        throw unavailable(`cannot start slipway: no answer from its socket: ${lastWords().slice(0, 300) || "it said nothing"}`, { cause });
      }
    }
    await pause(1);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}

/** Reads both outputs to their end, lest a full pipe stops the daemon, and remembers how they ended. */
function keepLastWords(child: ChildProcess): () => string {
  let words = "";
  for (const output of [child.stdout, child.stderr]) {
    output?.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-LAST_WORDS);
    });
  }
  return () => words.trim();
}
