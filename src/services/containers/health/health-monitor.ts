import type { HealthPlan } from "./health-plan.ts";

export type HealthStatus = "starting" | "healthy" | "unhealthy";

/** One look. Times are RFC 3339. */
export interface HealthResult {
  readonly start: string;
  readonly end: string;
  /** 0 for health; -1 when there is none. */
  readonly exitCode: number;
  readonly output: string;
}

export interface Health {
  readonly status: HealthStatus;
  readonly failingStreak: number;
  /** The last five, oldest first. */
  readonly log: readonly HealthResult[];
}

export interface HealthSurroundings {
  /** Looks once; never rejects. The signal says that nobody wants to know any more. */
  readonly probe: (signal: AbortSignal) => Promise<Pick<HealthResult, "exitCode" | "output">>;
  readonly now: () => Date;
  /** Resolves after so long, or when the signal fires. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly onStatus: (status: HealthStatus) => void;
}

const KEPT = 5;

/** Watches over one run of a container, one look after the other; between runs it knows what was found. */
export class HealthMonitor {
  readonly #plan: HealthPlan;
  readonly #surroundings: HealthSurroundings;
  #health: Health = { status: "starting", failingStreak: 0, log: [] };
  #running: AbortController | undefined;

  constructor(plan: HealthPlan, surroundings: HealthSurroundings) {
    this.#plan = plan;
    this.#surroundings = surroundings;
  }

  get health(): Health {
    return this.#health;
  }

  /** The container has started: what was found before is past. */
  reset(): void {
    this.#health = { status: "starting", failingStreak: 0, log: [] };
  }

  /** Looks again and again until `stop`; resolves when the last look is over. */
  async watch(startedAt: Date): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const { signal } = running;
    const { probe, now, wait } = this.#surroundings;
    for (;;) {
      await wait(this.#pause(startedAt), signal);
      if (signal.aborted) return;
      const start = now();
      const found = await probe(signal);
      // A look that was cut short has seen nothing.
      if (signal.aborted) return;
      this.#note({ start: start.toISOString(), end: now().toISOString(), ...found }, start.getTime() - startedAt.getTime());
    }
  }

  /** Docker's clients read of whom nobody watches over that it is unhealthy. */
  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#health = { ...this.#health, status: "unhealthy" };
  }

  #pause(startedAt: Date): number {
    const { intervalMs, startIntervalMs, startPeriodMs } = this.#plan;
    const isYoung = this.#surroundings.now().getTime() - startedAt.getTime() < startPeriodMs;
    return isYoung && this.#health.status === "starting" ? startIntervalMs : intervalMs;
  }

  #note(result: HealthResult, age: number): void {
    const { startPeriodMs, retries } = this.#plan;
    const before = this.#health;
    const log = [...before.log, result].slice(-KEPT);
    if (result.exitCode === 0) {
      this.#health = { status: "healthy", failingStreak: 0, log };
    } else {
      const counts = before.status !== "starting" || age >= startPeriodMs;
      const failingStreak = before.failingStreak + (counts ? 1 : 0);
      const status = counts && failingStreak >= retries ? "unhealthy" : before.status;
      this.#health = { status, failingStreak, log };
    }
    if (this.#health.status !== before.status) this.#surroundings.onStatus(this.#health.status);
  }
}
