export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The only value of a header, or the first of several. */
export function header(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

export function headerLines(headers: ResponseHeaders, name: string): readonly string[] {
  const value = headers[name];
  return typeof value === "string" ? [value] : (value ?? []);
}

/** `Content-Length` where it is a number that can be counted with. */
export function contentLength(headers: ResponseHeaders): number | undefined {
  const text = header(headers, "content-length");
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  return Number(text);
}

/** Without parameters, in lower case; empty when absent. */
export function contentType(headers: ResponseHeaders): string {
  const [type = ""] = (header(headers, "content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase();
}

/** Milliseconds that `Retry-After` asks for, from seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(headers: ResponseHeaders, now: number): number | undefined {
  const text = header(headers, "retry-after")?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
