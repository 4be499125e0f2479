import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { createLimit } from "#async";
import { LineClock } from "./line-clock.ts";
import { LineSplitter } from "./line-splitter.ts";
import { openIfThere, renameIfThere, sizeOf } from "./log-files.ts";
import { encodeLine } from "./log-line.ts";
import type { LogLine, LogStream } from "./log-line.ts";
import type { LogPosition, ReadableLog } from "./log-position.ts";
import type { LogQuery } from "./log-query.ts";
import { readLog } from "./read-log.ts";

export interface LogOptions {
  readonly maxSize: number;
  readonly maxFiles: number;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** Told once a run when lines could not be written and are lost; the process is not held up by a full disk. */
  readonly onLost: (error: unknown) => void;
  readonly now?: () => number;
}

/** A moment in a log. */
export interface LogMark {
  /** Of the last line; empty when none was appended since the log was opened. */
  readonly lastTime: string;
  /** Of lines that are not complete. */
  readonly rest: readonly { readonly stream: LogStream; readonly bytes: Uint8Array }[];
  readonly written: Promise<void>;
}

/** How much may wait to be written before who appends has to wait. */
const MAX_WAITING = 1024 * 1024;
const BATCH = 64 * 1024;
const NEWLINE = 0x0a;
const STREAMS: readonly LogStream[] = ["stdout", "stderr"];

/**
 * One container's log: the file that is written and, as `<path>.1`, `<path>.2`, …, those before it. Between runs nothing is
 * open.
 */
export class ContainerLog implements ReadableLog {
  readonly path: string;
  readonly #options: LogOptions;
  readonly #clock: LineClock;
  /** Files change their names only when nobody is just opening one. */
  readonly #names = createLimit(1);
  #splitters = newSplitters();
  /** Whole lines. Bytes, for text that waits would be gone over at every collection of garbage. */
  #waiting: Buffer[] = [];
  #waitingSize = 0;
  #writing: Promise<void> | undefined;
  #file: FileHandle | undefined;
  #size = 0;
  #generation = 0;
  #run = 0;
  #isLive = false;
  #hasLost = false;
  #changed = Promise.withResolvers<void>();

  constructor(path: string, options: LogOptions) {
    this.path = path;
    this.#options = options;
    this.#clock = new LineClock(options.now ?? Date.now);
  }

  /** Before the first `append` of a run; who follows from here on waits for its end. */
  begin(): void {
    this.#run += 1;
    this.#isLive = true;
    this.#hasLost = false;
  }

  /** Resolves when more may be appended; what was is written behind it. A line is there when its end is. */
  async append({ stream, bytes }: { readonly stream: LogStream; readonly bytes: Uint8Array }): Promise<void> {
    this.#put(stream, this.#splitters[stream].push(bytes));
    while (this.#waitingSize > MAX_WAITING) await this.#write();
    void this.#write();
  }

  /** The run has ended: what it said last is written, followers are told all of it and end, nothing stays open. */
  async finish(): Promise<void> {
    for (const stream of STREAMS) {
      const rest = this.#splitters[stream].end();
      if (rest !== undefined) this.#put(stream, [rest]);
    }
    await this.#write();
    await this.#names(async () => {
      await this.#file?.close();
      this.#file = undefined;
    });
    this.#isLive = false;
    this.#notify();
  }

  /** Lines in the order of their appending, several at a time, as they are when this is called and, when following, what comes after. */
  read(query: LogQuery): AsyncGenerator<readonly LogLine[], void, undefined> {
    return readLog(this, query);
  }

  /** What was said up to this moment. Its lines can be read when `written` resolves, which somebody who goes on appending puts off. */
  mark(): LogMark {
    const rest = STREAMS.map((stream) => ({ stream, bytes: this.#splitters[stream].rest }));
    return { lastTime: this.#clock.last, rest: rest.filter(({ bytes }) => bytes.length > 0), written: this.#write() };
  }

  /** Where the log ends now. */
  end(): Promise<LogPosition> {
    return this.#names(async () => {
      if (this.#file !== undefined) return { generation: this.#generation, offset: this.#size };
      return { generation: this.#generation, offset: await sizeOf(this.path) };
    });
  }

  /** `undefined` when it is not there (any more). */
  openGeneration(generation: number): Promise<FileHandle | undefined> {
    return this.#names(() => openIfThere(this.#pathOf(generation)));
  }

  get oldestGeneration(): number {
    return this.#generation - this.#options.maxFiles + 1;
  }

  get run(): number | undefined {
    return this.#isLive ? this.#run : undefined;
  }

  /** Resolves with the next change; of a run that has ended there is none. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Removes every file; nobody appends any more. */
  async remove(): Promise<void> {
    await this.finish();
    for (let index = 0; index < this.#options.maxFiles; index += 1) await rm(this.#pathAt(index), { force: true });
  }

  #put(stream: LogStream, texts: Iterable<string>): void {
    const { attributes } = this.#options;
    let lines = "";
    for (const text of texts) lines += encodeLine({ stream, time: this.#clock.next(), text, attributes });
    if (lines === "") return;
    const bytes = Buffer.from(lines);
    this.#waiting.push(bytes);
    this.#waitingSize += bytes.length;
  }

  #write(): Promise<void> {
    if (this.#waiting.length > 0) this.#writing ??= this.#writeAll();
    return this.#writing ?? Promise.resolve();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#writeBatch(batch);
      } catch (error) {
        if (!this.#hasLost) this.#options.onLost(error);
        this.#hasLost = true;
      }
      this.#notify();
    }
    // In the same moment as the look at what waits: nobody may lean on a writer that has stopped looking.
    this.#writing = undefined;
  }

  /** Lines that fit the file, and the one that fills it. */
  #takeBatch(): Buffer {
    const { maxSize } = this.#options;
    const room = this.#size < maxSize ? maxSize - this.#size : maxSize;
    const batch: Buffer[] = [];
    let size = 0;
    for (let next = this.#waiting[0]; next !== undefined && size < Math.min(room, BATCH); next = this.#waiting[0]) {
      const end = size + next.length <= room ? next.length : next.indexOf(NEWLINE, room - size - 1) + 1;
      if (end === next.length) this.#waiting.shift();
      else this.#waiting[0] = next.subarray(end);
      batch.push(next.subarray(0, end));
      size += end;
    }
    this.#waitingSize -= size;
    return batch.length === 1 ? (batch[0] ?? Buffer.alloc(0)) : Buffer.concat(batch, size);
  }

  async #writeBatch(bytes: Buffer): Promise<void> {
    this.#file ??= await this.#openForWriting();
    if (this.#size >= this.#options.maxSize) this.#file = await this.#rotate(this.#file);
    try {
      for (let written = 0; written < bytes.length;) written += (await this.#file.write(bytes, written)).bytesWritten;
    } catch (error) {
      // Half a line must not become the beginning of the next one.
      await this.#file.truncate(this.#size);
      throw error;
    }
    // Readers go as far as this, which is always the end of a line.
    this.#size += bytes.length;
  }

  /** What an engine that was killed left of its last line stays alone on its line. */
  async #openForWriting(): Promise<FileHandle> {
    const file = await open(this.path, "a+", 0o640);
    this.#size = (await file.stat()).size;
    const last = Buffer.alloc(1);
    try {
      if (this.#size > 0) await file.read(last, 0, 1, this.#size - 1);
      if (this.#size > 0 && last[0] !== NEWLINE) this.#size += (await file.write("\n")).bytesWritten;
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  #rotate(file: FileHandle): Promise<FileHandle> {
    return this.#names(async () => {
      await file.close();
      this.#file = undefined;
      const { maxFiles } = this.#options;
      for (let index = maxFiles - 1; index > 0; index -= 1) await renameIfThere(this.#pathAt(index - 1), this.#pathAt(index));
      if (maxFiles === 1) await rm(this.path, { force: true });
      this.#generation += 1;
      this.#size = 0;
      return open(this.path, "a+", 0o640);
    });
  }

  #pathOf(generation: number): string {
    return this.#pathAt(this.#generation - generation);
  }

  #pathAt(index: number): string {
    return index === 0 ? this.path : `${this.path}.${index}`;
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function newSplitters(): Readonly<Record<LogStream, LineSplitter>> {
  return { stdout: new LineSplitter(), stderr: new LineSplitter() };
}
