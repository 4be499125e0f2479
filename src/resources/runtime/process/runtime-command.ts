import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { internal } from "#errors";
import { startProgram } from "#programs";
import type { Containment } from "./container-end.ts";
import { LOG_FILE } from "./launch.ts";
import { PATIENCE_MS, runtimeArguments } from "./runtime-program.ts";
import { lastError } from "./runtime-words.ts";

/**
 * Has the runtime do something to its container, and waits for it.
 *
 * @param bundle where its log may be for that long.
 * @param input is written to its standard input.
 * @throws internal in the runtime's own words.
 */
export async function commandRuntime(
  { program, place }: Containment,
  bundle: string,
  [command, ...options]: readonly [string, ...string[]],
  input = "",
): Promise<void> {
  const folder = await mkdtemp(join(bundle, `${command}-`));
  try {
    const log = join(folder, LOG_FILE);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const args = [...runtimeArguments(program, place, log), command, ...options, place.id];
    const { child, exitCode } = startProgram(program, args, { package: program, stdio: ["pipe", "ignore", "ignore"], signal });
    // A runtime that does not read to the end says elsewhere why.
    child.stdin?.on("error", () => undefined).end(input);
    const code = await exitCode;
    if (signal.aborted) throw internal(`${program} ${command} did not answer for ${PATIENCE_MS / 1000} seconds`);
    if (code !== 0) throw internal(lastError(await readFile(log, "utf8").catch(() => "")) ?? `${program} ${command}: exit code ${code}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
