import { invalidArgument } from "#errors";

/** The path and the query of a request target, undecoded; `http://host/path` counts as `/path`. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const origin = /^https?:\/\/[^/?#]*/i.exec(target)?.[0] ?? "";
  const rest = target.slice(origin.length);
  const mark = rest.indexOf("?");
  const path = mark === -1 ? rest : rest.slice(0, mark);
  return { path: path === "" ? "/" : path, query: mark === -1 ? "" : rest.slice(mark + 1) };
}

/**
 * Percent-decoding comes before routing: `/images/a%2Fb/json` and `/images/a/b/json` are one path. Bytes that are no
 * UTF-8 become U+FFFD, which no image name holds.
 *
 * @throws invalid-argument for a broken escape.
 */
export function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  const broken = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(path)?.[0];
  if (broken !== undefined) throw invalidArgument(`invalid URL escape ${JSON.stringify(broken)}`);
  // Runs of escapes together, because a character may be spread over several.
  return path.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => Buffer.from(escapes.replaceAll("%", ""), "hex").toString("utf8"));
}

/** Without `//`, `/./` and `/../`; a slash at the end stays. The same path if there was nothing to clean. */
export function cleanPath(path: string): string {
  if (!/\/(?:\/|\.{1,2}(?:\/|$))/.test(path) && path.startsWith("/")) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const isFolder = path.endsWith("/") && parts.length > 0;
  return `/${parts.join("/")}${isFolder ? "/" : ""}`;
}

/** For a `Location` header: everything is escaped that Go escapes in a path. */
export function encodePath(path: string): string {
  return encodeURI(path).replace(/[?#!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
