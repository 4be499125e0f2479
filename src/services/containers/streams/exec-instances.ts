import { notFound } from "#errors";
import type { ExecInstance } from "./exec-instance.ts";

/** Docker looks for what can be forgotten every five minutes, and forgets it the next time. */
const KEEP_ENDED_MS = 10 * 60 * 1000;

/** A loop that runs one command after the other is remembered this far back. */
const MAX_ENDED = 10_000;

/** What was asked to run in containers: to be started, running, and for a while what has ended. */
export class ExecInstances {
  readonly #now: () => Date;
  readonly #instances = new Map<string, ExecInstance>();
  /** In the order of their ends. */
  readonly #ended = new Map<string, number>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  add(instance: ExecInstance): void {
    this.#forget();
    this.#instances.set(instance.id, instance);
  }

  /** @throws not-found. */
  get(id: string): ExecInstance {
    this.#forget();
    const instance = this.#instances.get(id);
    if (instance === undefined) throw notFound(`No such exec instance: ${id}`);
    return instance;
  }

  /** Those of a container that run or may still be started, in the order of their making. */
  activeOf(containerId: string): readonly ExecInstance[] {
    return [...this.#instances.values()].filter(({ container, state }) => container.id === containerId && state !== "ended");
  }

  noteEnd({ id }: ExecInstance): void {
    this.#ended.set(id, this.#now().getTime());
  }

  /** The container's process is over: what was not started never will be. */
  dropPending(containerId: string): void {
    for (const { id, state } of this.activeOf(containerId)) if (state === "created") this.#instances.delete(id);
  }

  /** The container is gone, and everything that was run in it. */
  dropAll(containerId: string): void {
    for (const { id, container } of this.#instances.values()) {
      if (container.id !== containerId) continue;
      this.#instances.delete(id);
      this.#ended.delete(id);
    }
  }

  #forget(): void {
    const oldest = this.#now().getTime() - KEEP_ENDED_MS;
    for (const [id, endedAt] of this.#ended) {
      if (endedAt > oldest && this.#ended.size <= MAX_ENDED) return;
      this.#ended.delete(id);
      this.#instances.delete(id);
    }
  }
}
