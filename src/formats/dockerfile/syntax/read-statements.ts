import { invalidArgument } from "#errors";
import type { WorkBudget } from "../values/work-budget.ts";
import { trim, trimStart } from "../values/whitespace.ts";
import { findHeredocs } from "./heredoc.ts";
import type { Heredoc, HeredocWord } from "./heredoc.ts";
import { LineReader } from "./line-reader.ts";
import { DirectiveReader } from "./parser-directives.ts";
import { at } from "./source.ts";
import type { Escape, SourceRange } from "./source.ts";
import { parseStatement } from "./statement.ts";
import type { PlacedStatement, Statement } from "./statement.ts";

/** An image has some hundred layers at most; every instruction costs far more than its characters. */
const MAX_STATEMENTS = 65536;

/** A blank line in the middle of an instruction: accepted, but Docker has warned for years. */
export interface EmptyContinuation {
  readonly text: string;
  readonly range: SourceRange;
}

export interface StatementList {
  /** At least one. */
  readonly statements: readonly PlacedStatement[];
  readonly escape: Escape;
  readonly emptyContinuations: readonly EmptyContinuation[];
}

/** @throws invalid-argument in Docker's words, bare: the builder says of which file. `details.range` says where. */
export function readStatements(source: string, budget: WorkBudget): StatementList {
  const reader = new StatementReader(source, budget);
  return reader.readAll();
}

interface LogicalLine {
  readonly text: string;
  readonly start: number;
  readonly hasEmptyContinuation: boolean;
}

class StatementReader {
  readonly #lines: LineReader;
  readonly #budget: WorkBudget;
  readonly #directives = new DirectiveReader();
  readonly #statements: PlacedStatement[] = [];
  readonly #emptyContinuations: EmptyContinuation[] = [];
  #comments: string[] = [];

  constructor(source: string, budget: WorkBudget) {
    this.#lines = new LineReader(source);
    this.#budget = budget;
  }

  readAll(): StatementList {
    for (;;) {
      const line = at({ start: this.#lines.number + 1, end: this.#lines.number + 1 }, () => this.#nextLogicalLine());
      if (line === undefined) break;
      const place = { start: line.start, end: this.#lines.number };
      const statement = at(place, () => parseStatement(line.text, this.#directives.escape));
      if (line.hasEmptyContinuation) this.#emptyContinuations.push({ text: line.text, range: place });
      const heredocs = at(place, () => this.#readHeredocs(statement, line.text));
      const range = { start: line.start, end: this.#lines.number };
      if (this.#statements.length === MAX_STATEMENTS) {
        throw invalidArgument(`cannot read Dockerfile: more than ${MAX_STATEMENTS} instructions`, { details: { range } });
      }
      this.#statements.push({ ...statement, heredocs, comments: this.#comments, range });
      this.#comments = [];
    }
    if (this.#statements.length === 0) throw invalidArgument("file with no instructions");
    return { statements: this.#statements, escape: this.#directives.escape, emptyContinuations: this.#emptyContinuations };
  }

  #nextLogicalLine(): LogicalLine | undefined {
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const text = trimStart(line.text);
      this.#directives.read(text);
      if (text.startsWith("#")) {
        this.#keepComment(trim(text.slice(1)));
        continue;
      }
      const end = continuationStart(text, this.#directives.escape);
      if (end !== undefined) return this.#join(text.slice(0, end), line.number);
      if (text !== "") return { text, start: line.number, hasEmptyContinuation: false };
    }
    return undefined;
  }

  /** Only the first line loses its indentation: in the others it is part of the text. */
  #join(first: string, start: number): LogicalLine {
    const pieces = [first];
    let hasEmptyContinuation = false;
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const text = trimStart(line.text);
      if (text.startsWith("#")) continue;
      if (text === "") {
        hasEmptyContinuation = true;
        continue;
      }
      const end = continuationStart(line.text, this.#directives.escape);
      pieces.push(end === undefined ? line.text : line.text.slice(0, end));
      if (end === undefined) break;
    }
    return { text: pieces.join(""), start, hasEmptyContinuation };
  }

  /** An empty comment parts what describes the next instruction from what does not. */
  #keepComment(comment: string): void {
    if (comment === "") this.#comments = [];
    else this.#comments.push(comment);
  }

  #readHeredocs(statement: Statement, line: string): readonly Heredoc[] {
    if (!takesHeredocs(statement.trigger ?? statement)) return [];
    return findHeredocs(line, this.#budget).map((word) => ({ ...word, body: this.#readBody(word) }));
  }

  #readBody({ name, stripsTabs }: HeredocWord): string {
    const lines: string[] = [];
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      if ((stripsTabs ? line.text.replace(/^\t+/, "") : line.text) === name) return lines.join("");
      lines.push(line.raw);
    }
    throw invalidArgument("unterminated heredoc");
  }
}

function takesHeredocs({ keyword, isJson }: Statement): boolean {
  return !isJson && (keyword === "RUN" || keyword === "COPY" || keyword === "ADD");
}

/** Where the escape character that continues `line` stands; a doubled one is text. */
function continuationStart(line: string, escape: Escape): number | undefined {
  let end = line.length;
  while (end > 0 && (line.charAt(end - 1) === " " || line.charAt(end - 1) === "\t")) end -= 1;
  const isEscape = line.charAt(end - 1) === escape && (end === 1 || line.charAt(end - 2) !== escape);
  return isEscape ? end - 1 : undefined;
}
