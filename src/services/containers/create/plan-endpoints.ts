import type { Endpoint } from "#container-records";
import type { HostConfig } from "#oci";
import type { ContainerCreateRequest } from "../types.ts";

/** Where a container will be found in networks; those of another container are that one's. */
export function planEndpoints({ config, endpoints = {} }: ContainerCreateRequest, { NetworkMode: mode }: HostConfig): readonly Endpoint[] {
  if (config.NetworkDisabled === true || mode.startsWith("container:")) return [];
  return [{ network: mode, aliases: endpoints[mode]?.aliases ?? null }];
}
