const FALSE = new Set(["", "0", "no", "false", "none"]);

/** A boolean query parameter: whatever is not one of Docker's five words for no means yes, `off` and `2` included. */
export function parseBool(value: string | undefined, absent = false): boolean {
  return value === undefined ? absent : !FALSE.has(value.trim().toLowerCase());
}
