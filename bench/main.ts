/** The bench: measures this engine and the references side by side. See README.md beside this file. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { cpus, release } from "node:os";
import { isEngineError } from "#errors";
import { CASES } from "./cases/index.ts";
import { parseOptions, USAGE } from "./options.ts";
import type { Options } from "./options.ts";
import { formatJson } from "./report/json.ts";
import { formatTable } from "./report/table.ts";
import { goalMet } from "./results.ts";
import type { CaseResult } from "./results.ts";
import { runCase } from "./run-case.ts";
import { openTargets } from "./targets/open-targets.ts";

try {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options === "help") process.stdout.write(USAGE);
  else if (options === "list") process.stdout.write(`${CASES.map((known) => known.name).join("\n")}\n`);
  else process.exitCode = await bench(options);
} catch (error) {
  if (!isEngineError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

/** 0, or 1 when a target or a case failed or a goal was missed; skipped cells are no failure. */
async function bench(options: Options): Promise<number> {
  const stopping = new AbortController();
  // The first ^C ends after the current round, so that the bench's images are removed; the second ends at once.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (stopping.signal.aborted ? process.exit(130) : stopping.abort()));
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  await using targets = await openTargets(options);
  for (const [name, reason] of targets.absent) say(`left out: ${name}: ${reason}`);
  const { rounds, patienceMs, requests, referenceImages } = options;
  const schedule = { rounds, patienceMs, scale: { requests, referenceImages }, signal: stopping.signal, say };
  const results: CaseResult[] = [];
  for (const wanted of targets.open.length === 0 ? [] : options.cases) {
    if (stopping.signal.aborted) break;
    say(wanted.name);
    results.push(await runCase(wanted, targets.open, schedule));
  }
  const head = {
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Linux ${release()}, Node ${process.version}`,
    commit: commit(),
    date: new Date().toISOString(),
    targets: Object.fromEntries(targets.open.map((target) => [target.name, target.description])),
    absent: Object.fromEntries(targets.absent),
    rounds,
    requests,
    referenceImages,
  };
  const names = targets.open.map((target) => target.name);
  process.stdout.write(`${headLines(head).join("\n")}\n\n${formatTable(results, names)}\n`);
  if (options.json !== undefined) await writeFile(options.json, formatJson(head, results));
  const missed = results.some((result) => result.case.measures.some((measure) => goalMet(result, measure) === false));
  const failed = results.some((result) => [...result.outcomes.values()].some((outcome) => outcome.kind === "failed"));
  const broken = options.slipway && targets.absent.has("slipway");
  return missed || failed || broken || names.length === 0 ? 1 : 0;
}

function headLines(head: {
  machine: string;
  commit: string;
  targets: object;
  absent: object;
  rounds: number;
  requests: number;
}): readonly string[] {
  return [
    `Medians over ${head.rounds} rounds (${head.requests} requests per round in short cases) at ${head.commit} on ${head.machine}.`,
    ...Object.entries(head.targets).map(([name, description]) => `- ${name}: ${String(description)}`),
    ...Object.entries(head.absent).map(([name, reason]) => `- ${name}: left out: ${String(reason)}`),
  ];
}

function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { cwd: import.meta.dirname, encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return "an unknown commit";
  }
}
