import { isEngineError } from "#errors";
import { isJsonObject } from "#oci";
import { LineReader } from "./line-reader.ts";
import { DirectiveReader } from "./parser-directives.ts";

/** What `# syntax=` asks for. */
export interface SyntaxDirective {
  /** The frontend's image: the value up to its first blank. */
  readonly image: string;
  /** The whole value. */
  readonly commandLine: string;
}

/**
 * The frontend that a file asks for, even a file in another language: directives may also stand behind `//` or be the
 * members of a JSON object, and a first line with `#!` is skipped.
 */
export function detectSyntax(source: string): SyntaxDirective | undefined {
  return toSyntax(findDirective(source, "syntax", "#") ?? findDirective(source, "syntax", "//") ?? findInJson(source));
}

/** The value of `# check=` at the top of a Dockerfile. */
export function detectCheck(source: string): string | undefined {
  return findDirective(source, "check", "#");
}

/** A mistake in the directives ends the search; it is reported when the file is parsed. */
function findDirective(source: string, name: string, comment: string): string | undefined {
  const directives = new DirectiveReader(comment);
  try {
    const lines = new LineReader(source);
    for (let line = lines.next(); line !== undefined && directives.isOpen; line = lines.next()) {
      if (line.number > 1 || !line.text.startsWith("#!")) directives.read(line.text);
    }
  } catch (error) {
    if (!isEngineError(error, "invalid-argument")) throw error;
  }
  return directives.find(name);
}

function findInJson(source: string): string | undefined {
  if (!/^\ufeff?\s*\{/.test(source)) return undefined;
  try {
    const json: unknown = JSON.parse(source.replace(/^\ufeff/, ""));
    const value = isJsonObject(json) ? json["syntax"] : undefined;
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function toSyntax(value: string | undefined): SyntaxDirective | undefined {
  if (value === undefined) return undefined;
  const [image = ""] = value.split(" ", 1);
  return { image, commandLine: value };
}
