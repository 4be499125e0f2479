import { internal } from "#errors";
import { runProgram } from "#programs";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import { notRunning } from "../errors.ts";

/** A table: what `ps` of the machine says of a container's processes. */
export interface ProcessTable {
  readonly titles: readonly string[];
  readonly processes: readonly (readonly string[])[];
}

/** @throws conflict when nothing runs; internal with the words of `ps`. */
export async function topProcesses(deps: ContainerDeps, name: string, psArgs: string): Promise<ProcessTable> {
  const container = deps.containers.get(name);
  const pids = await container.process?.processes();
  if (pids === undefined || !container.isRunning) throw notRunning(container.id);
  const table = parseTable(await runPs(psArgs.split(/\s+/).filter((word) => word !== "")), new Set(pids));
  publishContainerEvent(deps, "top", container);
  return table;
}

async function runPs(args: readonly string[]): Promise<string> {
  try {
    return await runProgram("ps", args, { package: "procps" });
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw internal(words.replace(/^.*?(?=error: )/s, "ps: ").split("\n", 1)[0] ?? words, { cause: error });
  }
}

/** The last column may have spaces in it. */
export function parseTable(text: string, pids: ReadonlySet<number>): ProcessTable {
  const [head = "", ...lines] = text.split("\n").filter((line) => line.trim() !== "");
  const titles = fieldsOf(head);
  const pidColumn = titles.indexOf("PID");
  if (pidColumn === -1) throw internal("Couldn't find PID field in ps output");
  const rows = lines.map((line) => {
    const fields = fieldsOf(line);
    return [...fields.slice(0, titles.length - 1), fields.slice(titles.length - 1).join(" ")];
  });
  return { titles, processes: rows.filter((row) => pids.has(Number(row[pidColumn]))) };
}

function fieldsOf(line: string): string[] {
  return line.split(/[ \t]+/).filter((field) => field !== "");
}
