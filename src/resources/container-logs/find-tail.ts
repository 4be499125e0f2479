import type { FileHandle } from "node:fs/promises";
import type { LogPosition, ReadableLog } from "./log-position.ts";

const CHUNK = 64 * 1024;
const NEWLINE = 0x0a;

/** Where the last `count` lines before `end` begin, over all files; read from the back, a piece at a time. */
export async function findTail(log: ReadableLog, end: LogPosition, count: number | undefined): Promise<LogPosition> {
  let start: LogPosition = { generation: Math.min(log.oldestGeneration, end.generation), offset: 0 };
  if (count === undefined) return start;
  if (count <= 0) return end;
  let missing = count;
  for (let { generation } = end; generation >= log.oldestGeneration; generation -= 1) {
    await using file = await log.openGeneration(generation);
    if (file === undefined) break;
    const size = generation === end.generation ? end.offset : (await file.stat()).size;
    const found = await countBack(file, size, missing);
    start = { generation, offset: found.offset };
    if (found.missing === 0) break;
    missing = found.missing;
  }
  return start;
}

interface Found {
  readonly offset: number;
  /** How many lines there are too few. */
  readonly missing: number;
}

/** The n-th line from the end begins behind the n + 1st newline from the end. */
async function countBack(file: FileHandle, size: number, count: number): Promise<Found> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  let newlines = 0;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    for (let at = chunk.lastIndexOf(NEWLINE, bytesRead - 1); at !== -1; at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1)) {
      newlines += 1;
      if (newlines > count) return { offset: start + at + 1, missing: 0 };
    }
    end = start;
  }
  return { offset: 0, missing: count - newlines };
}
