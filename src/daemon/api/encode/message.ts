import type { ProgressJson } from "#wire";

/** One line of a progress stream. Go escapes `<`, `>` and `&` here, and ends lines with CRLF. */
export function encodeMessage(message: ProgressJson): string {
  return `${JSON.stringify(message).replace(/[<>&\u2028\u2029]/g, escapeCharacter)}\r\n`;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
