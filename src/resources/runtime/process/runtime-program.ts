import type { StdioOptions } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isEngineError, unavailable } from "#errors";
import { startProgram } from "#programs";
import type { RunningProgram } from "#programs";
import type { TerminalSize } from "../run-spec.ts";
import { LOG_FILE, PID_FILE } from "./launch.ts";
import { lastError } from "./runtime-words.ts";
import { startOnTerminal } from "./terminal.ts";

/** In the order of preference. */
export const RUNTIMES = ["runc", "crun"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** A container that a runtime knows, and where it keeps its notes. */
export interface ContainerPlace {
  readonly folder: string;
  readonly id: string;
}

export function runtimeArguments(name: RuntimeName, { folder }: ContainerPlace, log: string): string[] {
  return ["--root", join(folder, name), "--log", log, "--log-format", "json"];
}

/** What a runtime does at once when it works; one that hangs must hold up nobody for ever. */
export const PATIENCE_MS = 20_000;

/** Kills what runs in a container and forgets it; one that is not there is fine. False when the runtime hung and was killed. */
export async function deleteContainer(name: RuntimeName, place: ContainerPlace): Promise<boolean> {
  const args = [...runtimeArguments(name, place, "/dev/null"), "delete", "--force", place.id];
  const signal = AbortSignal.timeout(PATIENCE_MS);
  await startProgram(name, args, { package: name, signal }).exitCode;
  return !signal.aborted;
}

/** How a runtime that stays is started. */
export interface RuntimeStart {
  /** What it notes of the process goes there. */
  readonly folder: string;
  readonly stdio: StdioOptions;
  readonly terminal: TerminalSize | undefined;
}

/** Its output is that of the process; what it says itself goes to its log. */
export function startRuntime(
  name: RuntimeName,
  place: ContainerPlace,
  [command, ...options]: readonly string[],
  { folder, stdio, terminal }: RuntimeStart,
): RunningProgram {
  const notes = ["--pid-file", join(folder, PID_FILE)];
  const args = [...runtimeArguments(name, place, join(folder, LOG_FILE)), command ?? "", ...options, ...notes, place.id];
  if (terminal === undefined) return startProgram(name, args, { package: name, stdio });
  return startOnTerminal(name, args, { folder, size: terminal, stdio });
}

/** Not to be found anywhere: what a runtime that works says of it is proof that everything before it worked. */
const NOWHERE = "/slipway-probe";

/**
 * The first runtime that works on this machine, found by trying: being installed is not enough where control groups,
 * namespaces or mounts are not as a runtime wants them.
 *
 * @param writeBundle writes a `config.json` that runs the given program in an empty root.
 * @throws unavailable with what every runtime said.
 */
export async function findRuntime(folder: string, writeBundle: (bundle: string, program: string) => Promise<void>): Promise<RuntimeName> {
  const reasons: string[] = [];
  for (const name of RUNTIMES) {
    const reason = await whyNot(name, folder, writeBundle);
    if (reason === undefined) return name;
    reasons.push(`${name}: ${reason}`);
  }
  throw unavailable(`cannot run anything without an OCI runtime, and none works here: install the package runc (${reasons.join("; ")})`);
}

async function whyNot(
  name: RuntimeName,
  folder: string,
  writeBundle: (bundle: string, program: string) => Promise<void>,
): Promise<string | undefined> {
  const place = { folder, id: `slipway-probe-${process.pid}` };
  // Beside the others, so that whoever ends what is left finds its control group, too.
  const bundle = join(folder, "bundles", `probe-${name}`);
  await mkdir(bundle, { recursive: true, mode: 0o700 });
  await writeBundle(bundle, NOWHERE);
  const args = [...runtimeArguments(name, place, join(bundle, "log")), "run", "--bundle", bundle, place.id];
  const signal = AbortSignal.timeout(PATIENCE_MS);
  let exitCode: number;
  try {
    exitCode = await startProgram(name, args, { package: name, stdio: "ignore", signal }).exitCode;
    await deleteContainer(name, place);
  } catch (error) {
    if (isEngineError(error, "unavailable")) return "not installed";
    throw error;
  }
  const message = lastError(await readFile(join(bundle, "log"), "utf8").catch(() => "")) ?? `exit code ${exitCode}, without a word`;
  await rm(bundle, { recursive: true });
  if (signal.aborted) return `it did not answer for ${PATIENCE_MS / 1000} seconds`;
  return message.includes(NOWHERE) ? undefined : message;
}
