import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { isReachable } from "./http.ts";

const MAIN = fileURLToPath(new URL("../../src/daemon/main.ts", import.meta.url));
const READY_WITHIN_MS = 20_000;

/** A daemon of its own process. Disposing ends it gently; the data root stays with whoever made it. */
export interface Slipway extends AsyncDisposable {
  readonly socket: string;
  readonly pid: number;
  /** What it wrote on both outputs so far. */
  log(): string;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** Beside those that say where it is. */
  readonly flags?: readonly string[];
  /** Beside that of this process. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Whom it runs as, in no further group; by default who runs this. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Resolves when the daemon answers pings. */
export async function startSlipway(dataRoot: string, options: ProgramOptions = {}): Promise<Slipway> {
  const socket = `${dataRoot}.sock`;
  const { process: child, log } = run(["--data-root", dataRoot, "-H", `unix://${socket}`, ...(options.flags ?? [])], options);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isGone(child)) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(existsSync(socket) && (await isReachable(socket)))) {
    if (isGone(child)) throw new Error(`the daemon ended before it was ready:\n${log()}`);
    if (Date.now() > deadline) {
      await end("SIGKILL");
      throw new Error(`the daemon was not ready in ${READY_WITHIN_MS} ms:\n${log()}`);
    }
    await pause(3);
  }
  const stop = (): Promise<void> => end("SIGTERM");
  return { socket, pid: child.pid ?? 0, log, kill: () => end("SIGKILL"), stop, [Symbol.asyncDispose]: stop };
}

/** Starts the daemon and kills it so many milliseconds later, ready or not: whatever a start repairs is interrupted. */
export async function killWhileStarting(dataRoot: string, afterMs: number): Promise<void> {
  const { process: child } = run(["--data-root", dataRoot, "-H", `unix://${dataRoot}.sock`]);
  const gone = once(child, "exit");
  await pause(afterMs);
  child.kill("SIGKILL");
  await gone;
}

/** Runs `slipwayd fsck`; the report is everything it printed. Exit status 0 says that the store is sound. */
export async function fsck(
  dataRoot: string,
  { repair = false, environment = {} }: { readonly repair?: boolean; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<{ readonly status: number | null; readonly report: string }> {
  const { process: child, log } = run(["fsck", ...(repair ? ["--repair"] : []), "--data-root", dataRoot], { environment });
  await once(child, "close");
  return { status: child.exitCode, report: log() };
}

/** An empty folder that goes away with its owner; short, because it also names a socket. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "slipway-"));
  // A failure in the middle of a test leaves things mounted in there; that they stay must not hide it.
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true }).catch((error: Error) => process.emitWarning(error));
  return { path, [Symbol.asyncDispose]: remove };
}

function run(args: readonly string[], { environment = {}, user }: ProgramOptions = {}): { process: ChildProcess; log: () => string } {
  const child = spawn(process.execPath, ["--max-semi-space-size=1", "--initial-old-space-size=48", "--conditions=source", MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
    ...user,
  });
  let output = "";
  const keep = (part: Buffer): void => {
    output = (output + part.toString()).slice(-20_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return { process: child, log: () => output };
}

function isGone(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
