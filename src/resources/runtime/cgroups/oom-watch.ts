import { existsSync, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlGroup } from "./control-group.ts";

/** Version 1 of control groups tells of it only to who can wait on a kind of descriptor that Node has none of. */
const POLL_MS = 250;

/** Of the whole machine, since it started. */
export async function countOomKills(): Promise<number> {
  const [, count = "0"] = /^oom_kill (\d+)$/m.exec(await readFile("/proc/vmstat", "utf8").catch(() => "")) ?? [];
  return Number(count);
}

/** Looks whether the kernel kills something in a control group because its memory ran out. */
export class OomWatch implements Disposable {
  readonly #group: ControlGroup;
  readonly #happened = Promise.withResolvers<void>();
  #hasHappened = false;
  #stop: () => void = () => undefined;

  /** @param isLimited without a limit of its own nobody looks while it runs. */
  constructor(group: ControlGroup, { isLimited }: { isLimited: boolean }) {
    this.#group = group;
    if (isLimited) this.#start();
  }

  /** Resolves when it happens for the first time. */
  get happened(): Promise<void> {
    return this.#happened.promise;
  }

  get hasHappened(): boolean {
    return this.#hasHappened;
  }

  mark(): void {
    this.#hasHappened = true;
    this.#happened.resolve();
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#stop = () => undefined;
  }

  #start(): void {
    const look = (): void => void this.#look();
    const events = join(this.#group.folder("memory"), "memory.events");
    if (this.#group.isVersion2 && existsSync(events)) {
      const watcher = watch(events, { persistent: false }, look);
      watcher.on("error", () => watcher.close());
      this.#stop = () => watcher.close();
      return;
    }
    const timer = setInterval(look, POLL_MS).unref();
    this.#stop = () => clearInterval(timer);
  }

  async #look(): Promise<void> {
    const table = await this.#group.table("memory", this.#group.isVersion2 ? "memory.events" : "memory.oom_control");
    if ((table.get("oom_kill") ?? 0) > 0) this.mark();
  }
}
