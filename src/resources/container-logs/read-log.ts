import type { FileHandle } from "node:fs/promises";
import { throwIfAborted } from "#errors";
import { findTail } from "./find-tail.ts";
import { decodeLine, formatLineTime, MAX_ENCODED_LINE } from "./log-line.ts";
import type { LogLine } from "./log-line.ts";
import type { LogPosition, ReadableLog } from "./log-position.ts";
import type { LogQuery } from "./log-query.ts";

const CHUNK = 64 * 1024;
const NEWLINE = 0x0a;

/** Lines as they are found, several at a time. A follower whose files were rotated away before it came to read them goes on with the oldest there is. */
export async function* readLog(log: ReadableLog, query: LogQuery): AsyncGenerator<readonly LogLine[], void, undefined> {
  const { since, until, lastTime = "", tail, follow = false, signal } = query;
  const first = since === undefined ? "" : formatLineTime(since);
  const last = until === undefined ? lastTime || "~" : formatLineTime(until);
  const run = follow ? log.run : undefined;
  const end = await log.end();
  await using cursor = new Cursor(log, await findTail(log, end, tail));
  for (let stop = end; ;) {
    for await (const lines of cursor.linesTo(stop, signal)) {
      const wanted = lines.filter(({ time }) => time >= first && time <= last);
      if (wanted.length > 0) yield wanted;
      if (lines.some(({ time }) => time > last)) return;
    }
    if (run === undefined) return;
    const changed = log.changed();
    const isOver = log.run !== run;
    stop = await log.end();
    if (cursor.isBefore(stop)) continue;
    if (isOver) return;
    await orAborted(changed, signal);
  }
}

/** Reads on from where it is, from file to file; keeps one of them open. */
class Cursor implements AsyncDisposable {
  readonly #log: ReadableLog;
  readonly #chunk = Buffer.allocUnsafe(CHUNK);
  #at: LogPosition;
  #file: FileHandle | undefined;

  constructor(log: ReadableLog, at: LogPosition) {
    this.#log = log;
    this.#at = at;
  }

  isBefore({ generation, offset }: LogPosition): boolean {
    return this.#at.generation < generation || (this.#at.generation === generation && this.#at.offset < offset);
  }

  /** `stop` is the end of a line. */
  async *linesTo(stop: LogPosition, signal: AbortSignal | undefined): AsyncGenerator<readonly LogLine[], void, undefined> {
    while (this.isBefore(stop)) {
      throwIfAborted(signal);
      this.#file ??= await this.#log.openGeneration(this.#at.generation);
      const isLast = this.#at.generation === stop.generation;
      if (this.#file !== undefined) yield* this.#linesOfFile(this.#file, isLast ? stop.offset : Infinity, signal);
      if (isLast) return;
      await this.#leaveFile();
      this.#at = { generation: Math.max(this.#at.generation + 1, this.#log.oldestGeneration), offset: 0 };
    }
  }

  async *#linesOfFile(
    file: FileHandle,
    stop: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly LogLine[], void, undefined> {
    const { generation } = this.#at;
    let rest: Buffer = Buffer.alloc(0);
    for (let offset = this.#at.offset; offset < stop;) {
      throwIfAborted(signal);
      const { bytesRead } = await file.read(this.#chunk, 0, Math.min(CHUNK, stop - offset), offset);
      if (bytesRead === 0) break;
      offset += bytesRead;
      const bytes = Buffer.concat([rest, this.#chunk.subarray(0, bytesRead)]);
      const lines: LogLine[] = [];
      let start = 0;
      for (let newline = bytes.indexOf(NEWLINE, rest.length); newline !== -1; newline = bytes.indexOf(NEWLINE, start)) {
        const line = decodeLine(bytes.subarray(start, newline));
        start = newline + 1;
        if (line !== undefined) lines.push(line);
      }
      this.#at = { generation, offset: offset - bytes.length + start };
      if (lines.length > 0) yield lines;
      // Damage without an end is not gathered; what comes behind it is found again at the next line's end.
      rest = bytes.length - start > MAX_ENCODED_LINE ? Buffer.alloc(0) : bytes.subarray(start);
    }
    // Half a line at the end is none.
    this.#at = { generation, offset: Math.max(this.#at.offset, Math.min(stop, this.#at.offset + rest.length)) };
  }

  async #leaveFile(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#leaveFile();
  }
}

async function orAborted(changed: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return changed;
  const aborted = Promise.withResolvers<void>();
  const stop = (): void => aborted.resolve();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  await Promise.race([changed, aborted.promise]);
  signal.removeEventListener("abort", stop);
  throwIfAborted(signal);
}
