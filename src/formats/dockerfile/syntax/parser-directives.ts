import { invalidArgument } from "#errors";
import { trim, trimStart } from "../values/whitespace.ts";
import type { Escape } from "./source.ts";

const KNOWN: ReadonlySet<string> = new Set(["syntax", "escape", "check"]);
const NAME = /^([a-zA-Z][a-zA-Z0-9]*)\s*=/;

export interface ParserDirective {
  readonly name: string;
  readonly value: string;
}

/** The directives at the top of a file. The first line that is none, even a blank one, ends them for good. */
export class DirectiveReader {
  readonly #seen = new Map<string, string>();
  readonly #comment: string;
  #isOpen = true;
  #escape: Escape = "\\";

  constructor(comment = "#") {
    this.#comment = comment;
  }

  get escape(): Escape {
    return this.#escape;
  }

  find(name: string): string | undefined {
    return this.#seen.get(name);
  }

  read(line: string): void {
    if (!this.#isOpen) return;
    const directive = parseDirective(line, this.#comment);
    if (directive === undefined || !KNOWN.has(directive.name)) {
      this.#isOpen = false;
      return;
    }
    const { name, value } = directive;
    if (this.#seen.has(name)) throw invalidArgument(`only one ${name} parser directive can be used`);
    this.#seen.set(name, value);
    if (name === "escape") this.#escape = toEscape(value);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }
}

function parseDirective(line: string, comment: string): ParserDirective | undefined {
  if (!line.startsWith(comment)) return undefined;
  const text = trimStart(line.slice(comment.length));
  const match = NAME.exec(text);
  const value = match === null ? "" : trim(text.slice(match[0].length));
  return value === "" ? undefined : { name: (match?.[1] ?? "").toLowerCase(), value };
}

function toEscape(value: string): Escape {
  if (value === "\\" || value === "`") return value;
  throw invalidArgument(`invalid escape token '${value}' does not match \` or \\`);
}
