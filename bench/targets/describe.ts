import type { EngineClient } from "../http/engine-client.ts";

/** Version and storage driver in the engine's own words; an engine without `GET /info` is described by its version. */
export async function describe(client: EngineClient): Promise<string> {
  const version = member(await client.json("/version"), "Version") ?? "unknown version";
  const driver = await client.json("/info").then(
    (info) => member(info, "Driver"),
    () => undefined,
  );
  return driver === undefined ? version : `${version}, ${driver}`;
}

function member(value: unknown, name: string): string | undefined {
  const found: unknown = typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
  return typeof found === "string" && found !== "" ? found : undefined;
}
