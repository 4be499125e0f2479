import type { BuildRequest } from "#engine";
import { invalidArgument } from "#errors";
import { parseStringList, parseStringMap } from "#wire";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";
import { readNetwork, readSandbox } from "./build-sandbox.ts";

/** What the query of `POST /build` asks for. @throws invalid-argument in Docker's words and order. */
export function readBuildRequest(call: Call): Omit<BuildRequest, "context" | "parts" | "secrets" | "credentials"> {
  const { parameters, version } = call;
  if (parameters.list("securityopt").length > 0) throw invalidArgument("security options are not supported on linux");
  const platform = isSince(version, "1.32") ? parameters.text("platform") : "";
  const sandbox = readSandbox(call);
  const buildArgs = json(call, "buildargs", (text) => parseStringMap(text, { prefix: "error reading build args", nullable: true }));
  const labels = json(call, "labels", (text) => parseStringMap(text, { prefix: "error reading labels" }));
  const cacheFrom = json(call, "cachefrom", (text) => parseStringList(text, "error reading cache-from"));
  const contexts = json(call, "contexts", (text) => parseStringMap(text, { prefix: "error reading contexts" }));
  checkVersion(parameters.text("version"));
  const target = parameters.text("target");
  return {
    dockerfile: parameters.text("dockerfile"),
    remote: parameters.text("remote"),
    tags: parameters.list("t").filter((tag) => tag !== ""),
    noCache: parameters.flag("nocache"),
    pull: parameters.flag("pull"),
    squash: isSince(version, "1.25") && parameters.flag("squash"),
    explain: parameters.flag("explain"),
    checkOnly: checkMode(parameters.text("check")) === "only",
    network: readNetwork(call),
    sandbox,
    ...(cacheFrom !== undefined && { cacheFrom }),
    ...(labels !== undefined && { labels: labels as Record<string, string> }),
    ...(contexts !== undefined && { contexts: new Map(Object.entries(contexts as Record<string, string>)) }),
    ...(buildArgs !== undefined && { buildArgs }),
    ...(target !== "" && { target }),
    ...(platform !== "" && { platform }),
  };
}

function json<T>({ parameters }: Call, name: string, read: (text: string) => T): T | undefined {
  const text = parameters.text(name);
  return text === "" ? undefined : read(text);
}

/** 1 is the classic builder, 2 BuildKit: one engine answers both. */
function checkVersion(builder: string): void {
  if (!["", "1", "2"].includes(builder)) throw invalidArgument(`invalid version ${JSON.stringify(builder)}`);
}

/** Slipway's own: what the checks of the Dockerfile find is told, with or without a build. */
function checkMode(text: string): string {
  if (["", "only", "warn"].includes(text)) return text;
  throw invalidArgument(`invalid check ${JSON.stringify(text)}: expected "only" or "warn"`);
}
