/**
 * The shortest path that names the same, by the text alone: no `.`, no doubled or trailing slash, `..` only where a
 * relative path begins with it. Nothing left is `.`.
 */
export function cleanPath(path: string): string {
  const isRooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== ".." || (!isRooted && (parts.length === 0 || parts.at(-1) === ".."))) parts.push(part);
    else parts.pop();
  }
  const cleaned = (isRooted ? "/" : "") + parts.join("/");
  return cleaned === "" ? "." : cleaned;
}
