import { invalidArgument } from "#errors";

export type TomlValue = string | number | boolean | readonly TomlValue[] | TomlTable;
export type TomlTable = ReadonlyMap<string, TomlValue>;

type Mutable = Map<string, TomlValue>;

/** TOML as far as hosts.toml uses it: tables, dotted and quoted keys, strings on one line, integers, booleans, arrays. */
export function parseToml(text: string, path: string): TomlTable {
  return new TomlReader(text, path).read();
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };
const MAX_DEPTH = 16;

class TomlReader {
  readonly #text: string;
  readonly #path: string;
  #at = 0;

  constructor(text: string, path: string) {
    this.#text = text.replaceAll("\r\n", "\n");
    this.#path = path;
  }

  read(): TomlTable {
    const root: Mutable = new Map();
    let table = root;
    for (this.#skipBlank(); this.#at < this.#text.length; this.#skipBlank()) {
      if (this.#take("[")) {
        table = this.#descend(root, this.#keys());
        this.#expect("]");
      } else {
        const keys = this.#keys();
        this.#expect("=");
        const parent = this.#descend(table, keys.slice(0, -1));
        const key = keys.at(-1) ?? "";
        if (parent.has(key)) this.#fail(`"${key}" is given twice`);
        parent.set(key, this.#value(0));
      }
      this.#endOfLine();
    }
    return root;
  }

  #keys(): readonly string[] {
    const keys = [this.#key()];
    while (this.#take(".")) keys.push(this.#key());
    if (keys.length > MAX_DEPTH) this.#fail("too many levels");
    return keys;
  }

  #key(): string {
    this.#skipSpace();
    const next = this.#text[this.#at];
    if (next === '"' || next === "'") return this.#string();
    return this.#match(/[A-Za-z0-9_-]+/y) ?? this.#fail("expected a key");
  }

  #value(depth: number): TomlValue {
    this.#skipSpace();
    const next = this.#text[this.#at];
    if (next === '"' || next === "'") return this.#string();
    if (next === "[") return this.#array(depth + 1);
    const word = this.#match(/true|false|[+-]?\d[\d_]*(?![\d.:eE-])/y) ?? this.#fail("expected a string, a number, a boolean or an array");
    return word === "true" || word === "false" ? word === "true" : Number(word.replaceAll("_", ""));
  }

  #array(depth: number): readonly TomlValue[] {
    if (depth > MAX_DEPTH) this.#fail("too many levels");
    this.#expect("[");
    const values: TomlValue[] = [];
    for (this.#skipBlank(); !this.#take("]"); this.#skipBlank()) {
      values.push(this.#value(depth));
      this.#skipBlank();
      if (this.#take(",")) continue;
      this.#expect("]");
      break;
    }
    return values;
  }

  #string(): string {
    if (this.#text.startsWith('"""', this.#at) || this.#text.startsWith("'''", this.#at))
      this.#fail("strings of several lines are not supported");
    const literal = this.#match(/'[^'\n]*'/y);
    if (literal !== undefined) return literal.slice(1, -1);
    const basic = this.#match(/"(?:[^"\\\n]|\\[^\n])*"/y) ?? this.#fail("the string does not end");
    return basic.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/g, (_, escape: string) => {
      if (escape.length === 1) return ESCAPES[escape] ?? this.#fail(`unknown escape "\\${escape}"`);
      const point = Number.parseInt(escape.slice(1), 16);
      return point <= 0x10_ffff ? String.fromCodePoint(point) : this.#fail(`unknown escape "\\${escape}"`);
    });
  }

  #descend(from: Mutable, keys: readonly string[]): Mutable {
    let table = from;
    for (const key of keys) {
      const known = table.get(key);
      if (known === undefined) {
        const created: Mutable = new Map();
        table.set(key, created);
        table = created;
      } else if (known instanceof Map) table = known;
      else this.#fail(`"${key}" is not a table`);
    }
    return table;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) this.#fail(`expected "${character}"`);
  }

  #endOfLine(): void {
    this.#match(/[ \t]*(?:#[^\n]*)?/y);
    if (this.#at < this.#text.length && this.#text[this.#at] !== "\n") this.#fail("expected the end of the line");
  }

  #skipSpace(): void {
    this.#match(/[ \t]+/y);
  }

  #skipBlank(): void {
    this.#match(/(?:[ \t\n]+|#[^\n]*)*/y);
  }

  #fail(reason: string): never {
    const line = this.#text.slice(0, this.#at).split("\n").length;
    throw invalidArgument(`cannot read ${this.#path}: line ${line}: ${reason}`);
  }
}
