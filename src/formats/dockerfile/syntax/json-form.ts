import { invalidArgument } from "#errors";
import { trimStart } from "../values/whitespace.ts";

const BEGINS_LIKE_ARRAY = /^\[[\t\n\r ]*["\]{[\-0-9tfn]/;

/**
 * The exec form: a whole JSON array of strings. Anything that is not JSON is undefined, hence shell form or words;
 * JSON of anything but strings is refused.
 */
export function parseJsonForm(text: string): readonly string[] | undefined {
  const array = parseArray(trimStart(text));
  return array?.map((element) => {
    if (typeof element === "string") return element.toWellFormed();
    throw invalidArgument("when using JSON array syntax, arrays must be comprised of strings only");
  });
}

function parseArray(text: string): readonly unknown[] | undefined {
  // To be refused by JSON.parse costs a hundred times as much, and files may hold a million lines.
  if (!BEGINS_LIKE_ARRAY.test(text) || !text.trimEnd().endsWith("]")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
