import { checkLogDriver } from "../streams/open-streams.ts";
import type { ContainerCreateRequest } from "../types.ts";
import { checkConfig } from "./check-config.ts";
import { checkHost } from "./check-host.ts";
import { checkNetworkMode } from "./check-network-mode.ts";
import { checkResources } from "./check-resources.ts";
import { checkServed } from "./check-served.ts";
import type { Machine } from "./machine.ts";

/**
 * What can be said of a wish before anything is looked for, in Docker's order: of two mistakes everybody is told the
 * same one. Gives warnings.
 *
 * @throws invalid-argument in Docker's words; not-implemented for what Docker has and we do not.
 */
export function checkSettings(request: ContainerCreateRequest, machine: Machine): string[] {
  const { config, hostConfig } = request;
  checkNetworkMode(request);
  checkConfig(config);
  checkHost(hostConfig);
  checkLogDriver(hostConfig);
  const warnings = checkResources(hostConfig, machine);
  checkServed(hostConfig);
  const { PortBindings: ports, PublishAllPorts: publishesAll, NetworkMode: network } = hostConfig;
  if (network === "host" && Object.keys(ports ?? {}).length > 0)
    warnings.push("Published ports are discarded when using host network mode");
  if (network === "host" && publishesAll) warnings.push("Published ports are discarded when using host network mode");
  if ((config.MacAddress ?? "") !== "") {
    warnings.push("The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.");
  }
  return [...new Set(warnings)];
}
