import { invalidArgument } from "#errors";
import { parsePattern, replaceMatches, trimMatch } from "./shell-pattern.ts";
import type { WordScanner } from "./word-scanner.ts";

const LETTER_OR_DIGIT = /^[\p{L}\p{Nd}_]$/u;
const DIGIT = /^\p{Nd}$/u;
/** Parameters of a shell that are one character long; a Dockerfile never sets them. */
const SPECIAL = "@*#?-$!0";

/** What a `$` that was just read stands for; a `$` before anything that is no name is itself. */
export function substitute(scanner: WordScanner): string {
  if (scanner.peek() === "{") {
    scanner.next();
    return substituteBraces(scanner);
  }
  const name = readName(scanner);
  if (name === "") return "$";
  return scanner.variables.get(name) ?? (scanner.keepsUnset ? `$${name}` : "");
}

function substituteBraces(scanner: WordScanner): string {
  const first = scanner.peek();
  if (first === "") throw missing("'}'");
  if (first === "{" || first === "}" || first === ":") throw invalidArgument("syntax error: bad substitution");
  const name = readName(scanner);
  const value = scanner.variables.get(name);
  const operator = scanner.next();
  switch (operator) {
    case "}":
      return value ?? (scanner.keepsUnset ? `\${${name}}` : "");
    case "/":
      return replace(scanner, name, value);
    case ":":
      return modify(scanner, name, value, `:${scanner.next()}`);
    case "+":
    case "-":
    case "?":
    case "#":
    case "%":
      return modify(scanner, name, value, operator);
    default:
      throw unsupported(operator);
  }
}

function modify(scanner: WordScanner, name: string, value: string | undefined, operator: string): string {
  const modifier = operator.slice(-1);
  const word = within(scanner, "'}'", () => scanner.until("}", modifier === "#" || modifier === "%"));
  if (scanner.keepsUnset && value === undefined) return `\${${name}${operator}${word}}`;
  const isMissing = value === undefined || (operator.startsWith(":") && value === "");
  switch (operator) {
    case "-":
    case ":-":
      return isMissing ? word : value;
    case "+":
    case ":+":
      return isMissing ? "" : word;
    case "?":
    case ":?":
      if (!isMissing) return value;
      throw invalidArgument(`${name}: ${word === "" ? `is not allowed to be ${value === undefined ? "unset" : "empty"}` : word}`);
    case "#":
    case "%":
      return cut(scanner, value ?? "", operator, word);
    default:
      throw unsupported(operator);
  }
}

/** `#` and `%` cut the shortest match, doubled they cut the longest. */
function cut(scanner: WordScanner, value: string, operator: "#" | "%", word: string): string {
  const isLongest = word.startsWith(operator);
  const pattern = parsePattern(isLongest ? word.slice(1) : word);
  return trimMatch(value, pattern, { from: operator === "#" ? "start" : "end", isLongest }, scanner.budget);
}

function replace(scanner: WordScanner, name: string, value: string | undefined): string {
  const isAll = scanner.peek() === "/";
  if (isAll) scanner.next();
  const pattern = within(scanner, "'/' in ${}", () => scanner.until("/", true));
  const replacement = within(scanner, "'}'", () => scanner.until("}", true));
  if (scanner.keepsUnset && value === undefined) return `\${${name}/${pattern}/${replacement}}`;
  return replaceMatches(value ?? "", parsePattern(pattern), replacement, isAll, scanner.budget);
}

/** Whatever goes wrong at the very end of the text goes wrong for want of the closing character. */
function within(scanner: WordScanner, wanted: string, read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (scanner.peek() !== "") throw error;
    throw missing(wanted, error);
  }
}

function readName(scanner: WordScanner): string {
  let name = "";
  const isNumber = DIGIT.test(scanner.peek());
  if (!isNumber && scanner.peek() !== "" && SPECIAL.includes(scanner.peek())) return scanner.next();
  while ((isNumber ? DIGIT : LETTER_OR_DIGIT).test(scanner.peek())) name += scanner.next();
  return name;
}

function missing(wanted: string, cause?: unknown): Error {
  return invalidArgument(`syntax error: missing ${wanted}`, { cause });
}

function unsupported(operator: string): Error {
  return invalidArgument(`unsupported modifier (${operator === "" ? "\ufffd" : operator}) in substitution`);
}
