import type { SourceRange } from "./source.ts";

/** Lines around a marked one, as far as there are; around several, half as many. */
const CONTEXT = 4;
/** One instruction may go on for thousands of lines, which nobody reads in a message. */
const MAX_MARKED = 40;
const RULE = "--------------------";

/**
 * The place of a mistake as BuildKit's clients draw it: the file's name and line, then the lines with `>>>` before
 * those that are meant. Ends in a newline; empty for a place that the text does not have.
 */
export function renderExcerpt(source: string, range: SourceRange, fileName: string): string {
  const lines = source.split("\n");
  if (range.start < 1 || range.start > lines.length) return "";
  const last = Math.min(range.end, lines.length, range.start + MAX_MARKED - 1);
  const { start, end } = widen({ start: range.start, end: last }, lines.length);
  const rows = lines.slice(start - 1, end).map((line, index) => {
    const number = start + index;
    const mark = number >= range.start && number <= last ? ">>>" : "   ";
    return ` ${String(number).padStart(3)} | ${mark} ${line}`;
  });
  return [`${fileName}:${range.start}`, RULE, ...rows, RULE, ""].join("\n");
}

/** BuildKit's way to share the context between both sides; near the ends of a file one side gets less. */
function widen(range: SourceRange, lineCount: number): SourceRange {
  let { start, end } = range;
  const wanted = start === end ? CONTEXT : CONTEXT / 2;
  for (let added = 0; added < wanted; added += 1) {
    if (start > 1) {
      start -= 1;
      added += 1;
    }
    if (end < lineCount) {
      end += 1;
      added += 1;
    }
  }
  return { start, end };
}
