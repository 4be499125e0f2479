import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runBriefly } from "#programs";

/** Enough for several processes at once; to make many takes as long as to make one. */
const BATCH = 48;
/** What is left when the next are made. */
const FEW = 16;

/**
 * Pipes with names, made ahead: only a program of the machine can make one, and no process has to wait for that. Who takes
 * a name opens both ends and removes it.
 */
export class PipeNames {
  readonly #folder: string;
  #names: string[] = [];
  #making: Promise<void> | undefined;
  #nextId = 1;

  /** @param folder made when it is not there. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async take(count: number): Promise<readonly string[]> {
    while (this.#names.length < count) await this.#make();
    const taken = this.#names.splice(0, count);
    // Who takes the next ones is told why there are none.
    if (this.#names.length < FEW) this.#make().catch(() => undefined);
    return taken;
  }

  /** Resolves when none is being made: the folder may go. */
  async settled(): Promise<void> {
    await this.#making?.catch(() => undefined);
  }

  #make(): Promise<void> {
    return (this.#making ??= this.#makeBatch().finally(() => (this.#making = undefined)));
  }

  async #makeBatch(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const names = Array.from({ length: BATCH }, () => join(this.#folder, String(this.#nextId++)));
    await runBriefly("mkfifo", ["-m", "600", ...names], { package: "coreutils" });
    this.#names.push(...names);
  }
}
