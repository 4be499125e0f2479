import { versions } from "node:process";
import type { VersionJson } from "#wire";
import type { ApiOptions } from "../api-options.ts";
import { MAX_API_VERSION } from "#wire";

/** `GET /version`: the same for all versions. Where Docker tells of its compiler, this tells of Node. */
export function encodeVersion({ version, host, gitCommit = "", buildTime = "" }: ApiOptions, minApiVersion: string): VersionJson {
  const runtime = `node${versions.node}`;
  return {
    Platform: { Name: "Slipway" },
    Components: [
      {
        Name: "Engine",
        Version: version,
        Details: {
          ApiVersion: MAX_API_VERSION,
          Arch: host.architecture,
          BuildTime: buildTime,
          Experimental: "false",
          GitCommit: gitCommit,
          GoVersion: runtime,
          KernelVersion: host.kernelVersion,
          MinAPIVersion: minApiVersion,
          Os: host.os,
        },
      },
    ],
    Version: version,
    ApiVersion: MAX_API_VERSION,
    MinAPIVersion: minApiVersion,
    GitCommit: gitCommit,
    GoVersion: runtime,
    Os: host.os,
    Arch: host.architecture,
    KernelVersion: host.kernelVersion,
    BuildTime: buildTime,
  };
}
