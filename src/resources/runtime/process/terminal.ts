import type { StdioOptions } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startProgram, runProgram } from "#programs";
import type { RunningProgram } from "#programs";
import type { TerminalSize } from "../run-spec.ts";

/** Where it is noted who sits at the terminal. */
const USER_FILE = "terminal-user";

/**
 * Starts a program on a terminal of its own, which Node cannot make: `script` makes one, and copies between it and the
 * pipes that it is given. A runtime that finds itself on a terminal hands on what comes, and every change of size.
 *
 * @param folder where it is noted how to reach the terminal.
 */
export function startOnTerminal(
  name: string,
  args: readonly string[],
  { folder, size, stdio }: { folder: string; size: TerminalSize; stdio: StdioOptions },
): RunningProgram {
  const isSized = size.rows > 0 && size.columns > 0;
  const lines = [
    // The shell becomes the program, whose number this is then.
    `echo $$ >${quoted(join(folder, USER_FILE))}`,
    ...(isSized ? [`stty rows ${size.rows} cols ${size.columns}`] : []),
    `exec ${[name, ...args].map(quoted).join(" ")}`,
  ];
  // Quiet, with the program's exit code, and without waiting for more output.
  return startProgram("script", ["-q", "-e", "-f", "-c", lines.join("; "), "/dev/null"], { package: "bsdutils", stdio });
}

export async function resizeTerminal(folder: string, { rows, columns }: TerminalSize): Promise<void> {
  const pid = (await readFile(join(folder, USER_FILE), "utf8")).trim();
  await runProgram("stty", ["-F", `/proc/${pid}/fd/0`, "rows", String(rows), "cols", String(columns)], { package: "coreutils" });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
