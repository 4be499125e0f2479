import { invalidArgument } from "#errors";
import { cleanPath } from "./clean-path.ts";

/** The absolute, cleaned path that `WORKDIR requested` leads to from `current`; `..` never climbs above the root. */
export function resolveWorkingDir(current: string, requested: string): string {
  if (requested === "") throw invalidArgument("cannot normalize nothing");
  return cleanPath(requested.startsWith("/") ? requested : `/${current}/${requested}`);
}
