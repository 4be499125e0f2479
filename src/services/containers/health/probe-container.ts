import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";
import type { ExecInstance } from "../streams/exec-instance.ts";
import { createExec } from "../streams/create-exec.ts";
import { openExec } from "../streams/start-exec.ts";
import type { HealthResult, HealthSurroundings } from "./health-monitor.ts";
import type { HealthPlan } from "./health-plan.ts";

/** Of what a look says, in bytes. */
const MAX_OUTPUT = 4096;
const SIGKILL = 9;

const REQUEST = {
  env: [],
  user: "",
  workingDir: "",
  isPrivileged: false,
  isTerminal: false,
  stdin: false,
  stdout: true,
  stderr: true,
  detachKeys: "",
};

interface ProbeOptions {
  readonly plan: HealthPlan;
  readonly wait: HealthSurroundings["wait"];
  readonly signal: AbortSignal;
}

/** Runs the command once. What takes too long, or is not wanted any more, is killed. */
export async function probeContainer(
  deps: ContainerDeps,
  container: Container,
  { plan: { command, timeoutMs }, wait, signal }: ProbeOptions,
): Promise<Pick<HealthResult, "exitCode" | "output">> {
  const output = new BoundedOutput();
  const over = new AbortController();
  const given = new AbortController();
  try {
    const instance = deps.execs.get(await createExec(deps, container.id, { ...REQUEST, command }));
    const timeLimit = wait(timeoutMs, AbortSignal.any([signal, over.signal])).then(async () => {
      if (over.signal.aborted) return;
      await kill(instance);
      given.abort();
    });
    const session = openExec(deps, instance.id, { isTerminal: false });
    await session.talk({ input: nothing(), signal: given.signal, write: async ({ bytes }) => output.add(bytes) });
    over.abort();
    await timeLimit;
    if (given.signal.aborted) return { exitCode: -1, output: tooLong(timeoutMs, output.text) };
    return { exitCode: instance.detail.exitCode ?? -1, output: output.text };
  } catch (error) {
    over.abort();
    return { exitCode: -1, output: error instanceof Error ? error.message : String(error) };
  }
}

async function kill(instance: ExecInstance): Promise<void> {
  const process = await instance.started;
  // It may have ended by itself.
  await process?.signal(SIGKILL).catch(() => undefined);
}

/** In Docker's words. */
function tooLong(timeoutMs: number, said: string): string {
  return `Health check exceeded timeout (${formatDuration(timeoutMs)})${said === "" ? "" : `: ${said}`}`;
}

/** The way Go writes durations. */
function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const [minutes, seconds] = [Math.floor(milliseconds / 60_000), `${(milliseconds % 60_000) / 1000}s`];
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

class BoundedOutput {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #isCut = false;

  add(bytes: Uint8Array): void {
    const room = MAX_OUTPUT - this.#size;
    this.#isCut ||= bytes.length > room;
    if (room <= 0) return;
    this.#chunks.push(bytes.slice(0, room));
    this.#size += Math.min(room, bytes.length);
  }

  /** As Docker marks it when there was more. */
  get text(): string {
    return `${Buffer.concat(this.#chunks).toString("utf8")}${this.#isCut ? "..." : ""}`;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Nobody types anything.
}
