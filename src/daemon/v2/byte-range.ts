/** The part of `size` bytes that a `Range` header wants; `undefined` for all of them, `unsatisfiable` for none. */
export function parseRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | "unsatisfiable" | undefined {
  // Several ranges, and other units, may be answered with the whole (RFC 9110, 14.2).
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (match === null || (first === "" && last === "")) return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : "unsatisfiable";
}

/** Where a chunk of an upload begins and how long it is: `Content-Range: 0-99`, without the unit that HTTP would want. */
export function parseContentRange(header: string): { readonly start: number; readonly length: number } | undefined {
  const [, first = "", last = ""] = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/.exec(header.trim()) ?? [];
  const length = Number(last) - Number(first) + 1;
  return first === "" || length < 1 ? undefined : { start: Number(first), length };
}
