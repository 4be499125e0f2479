import type { Case, Scale, Stage } from "./cases/case.ts";
import type { CaseResult, Outcome } from "./results.ts";
import type { Target, TargetName } from "./targets/target.ts";

export interface Schedule {
  readonly rounds: number;
  /** A target whose round takes longer gets no further round in that case. */
  readonly patienceMs: number;
  readonly scale: Scale;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

interface Runner {
  readonly stage: Stage;
  readonly samples: Map<string, number[]>;
  rounds: number;
  impatient: boolean;
  failure: string | undefined;
}

/**
 * Runs one case on all targets in turns, each round beginning with another target, so that whatever changes
 * on the machine meanwhile meets all of them. The first round warms up and does not count.
 */
export async function runCase(wanted: Case, targets: readonly Target[], schedule: Schedule): Promise<CaseResult> {
  const outcomes = new Map<TargetName, Outcome>();
  const runners: Runner[] = [];
  for (const target of targets) {
    const stage = { target, scale: schedule.scale };
    const reason = wanted.targets?.includes(target.name) === false ? "cannot be started by the bench" : wanted.skip?.(stage);
    if (reason === undefined) runners.push({ stage, samples: new Map(), rounds: 0, impatient: false, failure: undefined });
    else outcomes.set(target.name, { kind: "skipped", reason });
  }
  for (const runner of runners) await attempt(runner, "setup", () => wanted.setup(runner.stage));
  const rounds = Math.min(schedule.rounds, wanted.roundsAtMost ?? schedule.rounds);
  for (let round = 0; round <= rounds; round++) {
    for (const runner of rotate(runners, round)) {
      if (schedule.signal.aborted || runner.impatient || runner.failure !== undefined) continue;
      await attempt(runner, `round ${round}`, () => runRound(wanted, runner, round, schedule));
    }
  }
  for (const runner of runners) {
    await attempt(runner, "teardown", () => wanted.teardown(runner.stage));
    outcomes.set(runner.stage.target.name, outcomeOf(runner));
  }
  return { case: wanted, outcomes };
}

async function runRound(wanted: Case, runner: Runner, round: number, schedule: Schedule): Promise<void> {
  const started = performance.now();
  const samples = await wanted.run(runner.stage);
  const elapsedMs = performance.now() - started;
  runner.impatient = elapsedMs > schedule.patienceMs;
  const counts = round > 0 || runner.impatient;
  schedule.say(`  ${runner.stage.target.name}: round ${round}${counts ? "" : " (warm-up)"}, ${(elapsedMs / 1000).toFixed(1)} s`);
  if (!counts) return;
  runner.rounds += 1;
  for (const { measure, value } of samples) {
    const values = runner.samples.get(measure) ?? [];
    values.push(value);
    runner.samples.set(measure, values);
  }
}

/** A failure ends this target's part in the case; the other targets go on, and its samples are not shown. */
async function attempt(runner: Runner, step: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    runner.failure ??= `${step}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function outcomeOf(runner: Runner): Outcome {
  if (runner.failure !== undefined) return { kind: "failed", reason: runner.failure };
  if (runner.rounds === 0) return { kind: "skipped", reason: "interrupted" };
  return { kind: "measured", rounds: runner.rounds, cutShort: runner.impatient, samples: runner.samples };
}

function rotate<T>(list: readonly T[], by: number): readonly T[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
