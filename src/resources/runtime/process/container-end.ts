import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RunningProgram } from "#programs";
import { removeCgroups } from "../cgroups/remove-cgroups.ts";
import { deleteContainer } from "./runtime-program.ts";
import type { ContainerPlace, RuntimeName } from "./runtime-program.ts";

/** How often, and how long apart, a runtime is told to end its container before it is ended itself. */
const KILL_ATTEMPTS = 20;
const KILL_PAUSE_MS = 50;

export interface Containment {
  readonly program: RuntimeName;
  readonly place: ContainerPlace;
  /** Below the root of every hierarchy. */
  readonly cgroupsPath: string;
}

/** How a container comes to its end, at whatever moment of its life. */
export class ContainerEnd {
  readonly #containment: Containment;
  readonly #runtime: RunningProgram;
  #killing: Promise<void> | undefined;
  /** The runtime hung when it was to end the container, and would again. */
  #hangs = false;

  constructor(containment: Containment, runtime: RunningProgram) {
    this.#containment = containment;
    this.#runtime = runtime;
  }

  get isKilled(): boolean {
    return this.#killing !== undefined;
  }

  /** Idempotent; the runtime is gone when it resolves. */
  kill(): Promise<void> {
    return (this.#killing ??= this.#kill());
  }

  /** A container that is just being made may not be there to be deleted yet; in the end its maker is killed. */
  async #kill(): Promise<void> {
    const { program, place } = this.#containment;
    const isOver = this.#runtime.exitCode.then(
      () => true,
      () => true,
    );
    for (let attempt = 0; attempt < KILL_ATTEMPTS; attempt++) {
      this.#hangs = !(await deleteContainer(program, place));
      if (this.#hangs) break;
      if (await Promise.race([isOver, delay(KILL_PAUSE_MS, false)])) return;
    }
    this.#runtime.kill();
    await isOver;
  }

  /** Once the runtime is gone: it cleans up by itself, unless it was killed, too. Whoever killed it has ended as well then. */
  async sweep(): Promise<void> {
    const { program, place, cgroupsPath } = this.#containment;
    await this.#killing;
    const isLeft = this.isKilled || existsSync(join(place.folder, program, place.id));
    if (isLeft && !this.#hangs) await deleteContainer(program, place);
    await removeCgroups(cgroupsPath);
  }
}
