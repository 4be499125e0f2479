import { invalidArgument } from "#errors";

/** The absolute, cleaned path that `WORKDIR requested` leads to from `current`; `..` never climbs above the root. */
export function resolveWorkingDir(current: string, requested: string): string {
  if (requested === "") throw invalidArgument("cannot normalize nothing");
  const path: string[] = [];
  for (const part of (requested.startsWith("/") ? requested : `${current}/${requested}`).split("/")) {
    if (part === "..") path.pop();
    else if (part !== "" && part !== ".") path.push(part);
  }
  return `/${path.join("/")}`;
}
