export const JSON_ENDS_EARLY = "unexpected end of JSON input";
/** How the text ends that tells of more than one document. */
export const JSON_GOES_ON = "after top-level value";

const WHITESPACE = /[ \t\r\n]*/y;
const DIGITS = /[0-9]*/y;
const LITERALS: ReadonlyMap<string, string> = new Map([
  ["t", "true"],
  ["f", "false"],
  ["n", "null"],
]);
const utf8 = new TextEncoder();

/** What is wrong with a text that is not JSON, in the words of Go's `encoding/json`. */
export function explainJsonError(text: string): string {
  return new JsonScanner(text).explain();
}

/** Thrown inside this file only: the scanner has found what it looks for. */
class Fault extends Error {}

/** Walks the text as Go's scanner does, without recursion, until the first character that cannot be. */
class JsonScanner {
  readonly #text: string;
  /** What each open container is closed by, innermost last. */
  readonly #closers: ("}" | "]")[] = [];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  explain(): string {
    try {
      this.#value();
      while (this.#closers.length > 0) this.#afterValue();
      this.#next(JSON_GOES_ON, () => false);
    } catch (error) {
      if (error instanceof Fault) return error.message;
      throw error;
    }
    return JSON_ENDS_EARLY;
  }

  /** Reads a value, or of a container its head up to and with the first scalar in it. */
  #value(): void {
    for (;;) {
      this.#skip(WHITESPACE);
      const first = this.#take("looking for beginning of value", (character) => /[-0-9"tfn{[]/.test(character));
      if (first === "{" && !this.#isEmpty("}")) this.#key();
      else if (first !== "[" || this.#isEmpty("]")) return this.#scalar(first);
    }
  }

  #scalar(first: string): void {
    const literal = LITERALS.get(first);
    if (first === '"') this.#string();
    else if (literal !== undefined) this.#literal(literal);
    else if (first === "-" || (first >= "0" && first <= "9")) this.#number(first);
  }

  /** Opens a container; true, and closed again, if nothing is in it. */
  #isEmpty(closer: "}" | "]"): boolean {
    this.#skip(WHITESPACE);
    if (this.#text[this.#position] === closer) {
      this.#position++;
      return true;
    }
    this.#closers.push(closer);
    return false;
  }

  #key(): void {
    this.#next("looking for beginning of object key string", (character) => character === '"');
    this.#string();
    this.#next("after object key", (character) => character === ":");
  }

  #afterValue(): void {
    const closer = this.#closers.at(-1);
    const place = closer === "}" ? "after object key:value pair" : "after array element";
    const found = this.#next(place, (character) => character === "," || character === closer);
    if (found === closer) {
      this.#closers.pop();
      return;
    }
    if (closer === "}") this.#key();
    this.#value();
  }

  #string(): void {
    for (;;) {
      const character = this.#take("in string literal", (next) => next >= " ");
      if (character === '"') return;
      if (character !== "\\") continue;
      const escape = this.#take("in string escape code", (next) => /["\\/bfnrtu]/.test(next));
      if (escape !== "u") continue;
      for (let digit = 0; digit < 4; digit++) this.#take("in \\u hexadecimal character escape", (next) => /[0-9A-Fa-f]/.test(next));
    }
  }

  #literal(literal: string): void {
    for (const expected of literal.slice(1)) this.#take(`in literal ${literal} (expecting '${expected}')`, (next) => next === expected);
  }

  #number(first: string): void {
    const isDigit = (next: string): boolean => next >= "0" && next <= "9";
    const whole = first === "-" ? this.#take("in numeric literal", isDigit) : first;
    if (whole !== "0") this.#skip(DIGITS);
    if (this.#text[this.#position] === ".") {
      this.#position++;
      this.#take("after decimal point in numeric literal", isDigit);
      this.#skip(DIGITS);
    }
    if (!/[eE]/.test(this.#text[this.#position] ?? "")) return;
    this.#position++;
    if (/[-+]/.test(this.#text[this.#position] ?? "")) this.#position++;
    this.#take("in exponent of numeric literal", isDigit);
    this.#skip(DIGITS);
  }

  #next(place: string, fits: (character: string) => boolean): string {
    this.#skip(WHITESPACE);
    return this.#take(place, fits);
  }

  #take(place: string, fits: (character: string) => boolean): string {
    const code = this.#text.codePointAt(this.#position);
    if (code === undefined) throw new Fault(JSON_ENDS_EARLY);
    const character = String.fromCodePoint(code);
    if (!fits(character)) throw new Fault(`invalid character ${quote(character)} ${place}`);
    this.#position += character.length;
    return character;
  }

  #skip(run: RegExp): void {
    run.lastIndex = this.#position;
    this.#position += run.exec(this.#text)?.[0].length ?? 0;
  }
}

/** Go's scanner looks at bytes, and shows the first one of a character as a character of its own. */
function quote(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  const [byte = 0] = utf8.encode(character);
  return `'${JSON.stringify(String.fromCharCode(byte)).slice(1, -1)}'`;
}
