import type { ContainerConfig } from "./image-config.ts";

const ORDER = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
  "ArgsEscaped",
  "Healthcheck",
  "OnBuild",
  "Shell",
] as const satisfies readonly (keyof ContainerConfig)[];

const MAPS: ReadonlySet<string> = new Set<keyof ContainerConfig>(["ExposedPorts", "Volumes", "Labels"]);

/** The members that an image has, as BuildKit writes them: empty ones are left out, sets and maps are sorted as Go sorts them. */
export function orderedConfig(config: ContainerConfig): Record<string, unknown> {
  const members = ORDER.map((key) => [key, MAPS.has(key) ? sorted(config[key]) : config[key]] as const);
  return Object.fromEntries(members.filter(([, value]) => !isLeftOut(value)));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isLeftOut(value: unknown): boolean {
  if (value === undefined || value === "" || value === false) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
