/** Values of one filter: text as Docker takes it, a moment, or a claim. */
export type FilterValue = string | boolean | Date | readonly string[];

/** `{"key":["value"]}`, the form that every engine since 1.22 reads; `undefined` when no filter is set. */
export function encodeFilters(filters: Readonly<Record<string, FilterValue | undefined>> | undefined): string | undefined {
  const entries = Object.entries(filters ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, toTexts(value)] as const]));
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries));
}

/** Unix seconds with milliseconds: the one form that filters and `since`/`until` of events share. */
export function toTimestamp(moment: string | Date): string {
  return typeof moment === "string" ? moment : (moment.getTime() / 1000).toFixed(3);
}

function toTexts(value: FilterValue): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "boolean") return [String(value)];
  return value instanceof Date ? [toTimestamp(value)] : value;
}
