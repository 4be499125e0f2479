import { invalidArgument } from "#errors";

/** A path as Go cleans it: without repeated and trailing slashes, `.` and `..`. */
export function cleanPath(path: string): string {
  const isAbsolute = path.startsWith("/");
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (!isAbsolute) names.push(name);
  }
  const cleaned = names.join("/");
  return isAbsolute ? `/${cleaned}` : cleaned === "" ? "." : cleaned;
}

/** Where something is mounted in a container. @throws invalid-argument. */
export function parseTarget(path: string): string {
  if (!path.startsWith("/")) throw notAbsolute(path);
  const cleaned = cleanPath(path);
  if (cleaned === "/") throw invalidArgument("invalid specification: destination can't be '/'");
  return cleaned;
}

export function notAbsolute(path: string): Error {
  return invalidArgument(`invalid mount path: '${path}' mount path must be absolute`);
}
