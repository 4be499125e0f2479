import { isUtf8 } from "node:buffer";
import { invalidArgument } from "#errors";

/** First of the 128 lone surrogates that stand for the bytes 0x80…0xff: byte `b` is `0xdc00 + b`. */
const ESCAPE = 0xdc00;

/**
 * A name's bytes as a string, reversibly: UTF-8 where it is valid, and every other byte as a lone surrogate
 * U+DC80…U+DCFF. Valid UTF-8 never gives a lone surrogate, so two names are equal when their strings are.
 */
export function decodeName(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString("utf8");
  let name = "";
  for (let at = 0; at < buffer.length;) {
    const length = sequenceLength(buffer, at);
    name += length === 0 ? String.fromCharCode(ESCAPE + (buffer[at] ?? 0)) : buffer.toString("utf8", at, at + length);
    at += Math.max(1, length);
  }
  return name;
}

/** The bytes that `decodeName` was given. */
export function encodeName(name: string): Uint8Array<ArrayBuffer> {
  if (name.isWellFormed()) return Buffer.from(name, "utf8");
  const parts: Buffer[] = [];
  for (const character of name) {
    const code = character.charCodeAt(0);
    const isEscape = character.length === 1 && code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff;
    parts.push(isEscape ? Buffer.from([code - ESCAPE]) : Buffer.from(character, "utf8"));
  }
  return Buffer.concat(parts);
}

/**
 * The entry's place below the root it is unpacked into: no leading `/` or `./`, no empty or `.` component, no
 * trailing `/`; the root itself is the empty string.
 *
 * @throws invalid-argument for a `..` component, which has no place below the root.
 */
export function cleanEntryPath(path: string): string {
  const start = path.startsWith("./") ? 2 : path.startsWith("/") ? 1 : 0;
  const trimmed = path.slice(start, path.endsWith("/") ? -1 : undefined);
  if (isClean(trimmed)) return trimmed;
  const components = path.split("/").filter((component) => component !== "" && component !== ".");
  if (components.includes("..")) throw invalidArgument(`invalid entry name ${JSON.stringify(path)}`);
  return components.join("/");
}

/** Whether cleaning would give the same string back; most names are clean but for directories' last slash. */
function isClean(path: string): boolean {
  if (path === "") return true;
  let start = 0;
  for (;;) {
    const slash = path.indexOf("/", start);
    const length = (slash === -1 ? path.length : slash) - start;
    if (length === 0) return false;
    if (length <= 2 && path.charCodeAt(start) === 0x2e && (length === 1 || path.charCodeAt(start + 1) === 0x2e)) return false;
    if (slash === -1) return true;
    start = slash + 1;
  }
}

/** Bytes of the well-formed UTF-8 sequence at `at`, 0 when there is none. */
function sequenceLength(buffer: Buffer, at: number): number {
  const first = buffer[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return at + length <= buffer.length && isUtf8(buffer.subarray(at, at + length)) ? length : 0;
}
