const utf8 = new TextEncoder();

/** Quotes as Go's `time` package does in its errors: whatever is not printable ASCII byte by byte, as `\xc2`. */
export function quoteAscii(text: string): string {
  let quoted = "";
  for (const byte of utf8.encode(text)) {
    const character = String.fromCharCode(byte);
    if (byte < 0x20 || byte >= 0x80) quoted += `\\x${byte.toString(16).padStart(2, "0")}`;
    else quoted += character === '"' || character === "\\" ? `\\${character}` : character;
  }
  return `"${quoted}"`;
}
