import { existsSync, readFileSync, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RunningProgram } from "#programs";
import { execStartFailure, lastError, startFailure } from "./runtime-words.ts";

/** What a runtime writes into the folder of what it runs. */
export const PID_FILE = "pid";
export const LOG_FILE = "log";

export interface Launch {
  readonly runtime: RunningProgram;
  /** On the machine, of what the runtime runs; undefined when the runtime ended without having started it. */
  readonly pid: Promise<number | undefined>;
}

/** Starts a runtime that stays while what it runs does. It notes the number of the process when that runs. */
export function launch(folder: string, start: () => RunningProgram): Launch {
  const isThere = Promise.withResolvers<void>();
  const watcher = watch(folder, () => {
    if (existsSync(join(folder, PID_FILE))) isThere.resolve();
  });
  try {
    const runtime = start();
    const pid = Promise.race([isThere.promise, runtime.exitCode]).then(() => executed(pidIn(folder)));
    return { runtime, pid: pid.finally(() => watcher.close()) };
  } catch (error) {
    watcher.close();
    throw error;
  }
}

/** What runtimes call their part of a process, until it executes what it is for. */
const INIT = /^(?:runc:\[|crun)/;
const POLL_MS = 1;
const POLLS = 1000;

/** A number is noted a moment before: signals would end the runtime's part, and who looks would see that. */
async function executed(pid: number | undefined): Promise<number | undefined> {
  for (let poll = 0; pid !== undefined && poll < POLLS; poll++) {
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    if (!INIT.test(name)) break;
    await delay(POLL_MS);
  }
  return pid;
}

function pidIn(folder: string): number | undefined {
  const path = join(folder, PID_FILE);
  return existsSync(path) ? Number(readFileSync(path, "utf8")) : undefined;
}

/** Why a runtime has not made a container, in Docker's words. */
export async function launchFailure(folder: string, runtime: RunningProgram): Promise<Error> {
  return startFailure(await saidIn(folder, runtime));
}

/** Why a runtime has not put a process into its container, in Docker's words. */
export async function execFailure(folder: string, runtime: RunningProgram): Promise<Error> {
  return execStartFailure(await saidIn(folder, runtime));
}

async function saidIn(folder: string, runtime: RunningProgram): Promise<string> {
  const log = await readFile(join(folder, LOG_FILE), "utf8").catch(() => "");
  return lastError(log) ?? `exit code ${await runtime.exitCode}`;
}
