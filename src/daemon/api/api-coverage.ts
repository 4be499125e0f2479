import { MAX_API_VERSION, MIN_API_VERSION } from "#wire";
import type { Parameter, Route } from "./http/route.ts";
import { ROUTE_GROUPS } from "./routes.ts";
import type { RouteGroup } from "./routes.ts";

const STATES: Readonly<Record<RouteGroup["state"], string>> = {
  works: "Served in full.",
  "refused by name": "Answered with 501 and a message that names what is missing.",
  empty: "There are none, and that is the answer; making one is refused by name.",
  "not found": "Answered as Docker answers for an object that does not exist.",
};

/** The document that says what of Docker's API works, as Markdown, made of the route table. */
export function apiCoverage(): string {
  return [
    "# API coverage",
    "",
    `Made from the route table by \`npm run coverage\`; a test holds the two together. API ${MIN_API_VERSION} to ${MAX_API_VERSION},`,
    "each endpoint with and without a version in its path. *Since* is the first API version that has the endpoint or",
    "reads the parameter; older requests are refused, or do not see the parameter. A dash: every version.",
    ...ROUTE_GROUPS.flatMap(groupLines),
    "",
  ].join("\n");
}

function groupLines({ title, state, routes }: RouteGroup): string[] {
  const head = ["", `## ${title}`, "", STATES[state], "", "| endpoint | parameter | since | state |", "| --- | --- | --- | --- |"];
  return [...head, ...routes.flatMap((route) => routeLines(route, state))];
}

function routeLines(route: Route, state: RouteGroup["state"]): string[] {
  const endpoint = `\`${route.method} ${route.pattern.replace("{name:.*}", "{name}").replace("{id:.*}", "{id}")}\``;
  const parameters: readonly (Parameter | undefined)[] = route.parameters.length === 0 ? [undefined] : route.parameters;
  return parameters.map((parameter, index) => {
    const first = index === 0 ? endpoint : "";
    return `| ${first} | ${parameter === undefined ? "" : `\`${parameter.name}\``} | ${parameter?.since ?? route.since ?? "–"} | ${state} |`;
  });
}
