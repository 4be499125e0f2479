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
    return existsSync(path) ? [...parseJournal(path).names.values()] : [];
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
    try {
      writeSync(this.#file, `${lines.join("\n")}\n`);
    } catch {
      // A full disk: the journal is behind until `compact` finds that, at the next start.
    }
  }

  /** Writes the live names anew when the journal has grown far beyond them, or does not hold them all. */
  compact(live: readonly NameRecord[], options: { force?: boolean } = {}): void {
    if (options.force !== true && this.#isCurrent(live)) return;
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
  }

  #isCurrent(live: readonly NameRecord[]): boolean {
    const { names, lines } = parseJournal(this.#path);
    if (lines >= Math.max(COMPACT_FROM, live.length * COMPACT_FACTOR) || names.size !== live.length) return false;
    return live.every(({ name, image, target }) => names.get(name)?.image === image && names.get(name)?.target === target);
  }
}

function parseJournal(path: string): { names: ReadonlyMap<string, NameRecord>; lines: number } {
  const names = new Map<string, NameRecord>();
  const lines = readFileSync(path, "utf8").split("\n");
  for (const line of lines) {
    const entry = parseLine(line);
    if (entry === undefined) continue;
    if ("image" in entry) names.set(entry.name, entry);
    else names.delete(entry.name);
  }
  return { names, lines: lines.length };
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
