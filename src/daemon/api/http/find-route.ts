import { splitApiVersion } from "#wire";
import type { Route } from "./route.ts";

export interface FoundRoute {
  readonly route: Route;
  /** What stands for `{version}`; `undefined` without a prefix. */
  readonly version: string | undefined;
  /** What stands for `{name}` or `{id}`; empty for a pattern without a variable. */
  readonly name: string;
}

export type FindRoute = (method: string, path: string) => FoundRoute | undefined;

/**
 * Compiles a table into a lookup: fixed patterns by one map access, the others in the order of the table. A `.*`
 * takes anything but a line end, empty or with slashes, and is told apart by what follows it.
 */
export function compileRoutes(routes: readonly Route[]): FindRoute {
  const fixed = new Map<string, Route>();
  const variable: { readonly route: Route; readonly matches: RegExp }[] = [];
  for (const route of routes) {
    if (route.pattern.includes("{")) variable.push({ route, matches: toRegExp(route.pattern) });
    else fixed.set(`${route.method} ${route.pattern}`, route);
  }
  return (method, path) => {
    const { version, path: rest } = splitApiVersion(path);
    const route = fixed.get(`${method} ${rest}`);
    if (route !== undefined) return { route, version, name: "" };
    for (const candidate of variable) {
      if (candidate.route.method !== method) continue;
      const name = candidate.matches.exec(rest)?.[1];
      if (name !== undefined) return { route: candidate.route, version, name };
    }
    return undefined;
  };
}

function toRegExp(pattern: string): RegExp {
  const source = pattern.replaceAll(/\{\w+:\.\*\}|\{\w+\}|[.$^*+?()[\]\\|]/g, (token) => {
    if (token.endsWith(":.*}")) return "([^\\n]*)";
    return token.startsWith("{") ? "([^/]+)" : `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}
