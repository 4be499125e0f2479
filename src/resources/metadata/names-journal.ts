import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isDigest, isJsonObject } from "#oci";
import type { NameRecord } from "./records.ts";

/** Rewritten when it has grown to this many times its live names. */
const COMPACT_FACTOR = 4;
const COMPACT_FROM = 1000;

/**
 * Names as lines of JSON, appended as they change: `{name, image, target}` sets one, `{name}` removes it.
 *
 * Not synced with each change: the database is what is acknowledged, and this is only read when that is lost.
 */
export class NamesJournal implements Disposable {
  readonly #path: string;
  #file: number;
  #pending: string[] = [];
  #lines = 0;

  private constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "a", 0o600);
  }

  static open(directory: string): NamesJournal {
    return new NamesJournal(join(directory, "names.journal"));
  }

  /** Damaged lines are passed over: a torn last line is what a crash leaves. */
  static read(directory: string): NameRecord[] {
    const path = join(directory, "names.journal");
    if (!existsSync(path)) return [];
    const names = new Map<string, NameRecord>();
    for (const line of readFileSync(path, "utf8").split("\n")) {
      const entry = parseLine(line);
      if (entry === undefined) continue;
      if ("image" in entry) names.set(entry.name, entry);
      else names.delete(entry.name);
    }
    return [...names.values()];
  }

  [Symbol.dispose](): void {
    this.flush();
    fdatasyncSync(this.#file);
    closeSync(this.#file);
  }

  put(record: NameRecord): void {
    this.#pending.push(JSON.stringify(record));
  }

  remove(name: string): void {
    this.#pending.push(JSON.stringify({ name }));
  }

  /** The transaction failed: nothing changed. */
  forget(): void {
    this.#pending = [];
  }

  /** The transaction succeeded: write what changed. A failure here loses nothing that was acknowledged. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const lines = this.#pending;
    this.#pending = [];
    this.#lines += lines.length;
    try {
      writeSync(this.#file, `${lines.join("\n")}\n`);
    } catch {
      // A full disk: the journal is behind until the next compaction, which `compact` asks for at every start.
    }
  }

  /** Writes the live names anew when the journal has grown far beyond them, or does not hold them all. */
  compact(live: readonly NameRecord[], options: { force?: boolean } = {}): void {
    if (options.force !== true && this.#lines < Math.max(COMPACT_FROM, live.length * COMPACT_FACTOR)) return;
    const unfinished = `${this.#path}.unfinished`;
    const file = openSync(unfinished, "w", 0o600);
    try {
      writeSync(file, live.map((record) => `${JSON.stringify(record)}\n`).join(""));
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, this.#path);
    closeSync(this.#file);
    this.#file = openSync(this.#path, "a", 0o600);
    this.#lines = live.length;
  }
}

function parseLine(line: string): NameRecord | { readonly name: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || typeof value["name"] !== "string") return undefined;
  const { name, image, target } = value;
  if (typeof image !== "string" || typeof target !== "string") return { name };
  return isDigest(image) && isDigest(target) ? { name, image, target } : undefined;
}
