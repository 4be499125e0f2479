import type { Endpoint } from "#container-records";
import { invalidArgument } from "#errors";
import type { HostConfig } from "#oci";
import type { ContainerCreateRequest, EndpointRequest } from "../types.ts";

const MAC_ADDRESS = /^(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$/;

/** Where a container will be found in networks; those of another container are that one's. @throws invalid-argument. */
export function planEndpoints({ config, endpoints = {} }: ContainerCreateRequest, { NetworkMode: mode }: HostConfig): readonly Endpoint[] {
  for (const [network, wish] of Object.entries(endpoints)) checkEndpoint(network, wish);
  if (config.NetworkDisabled === true || mode.startsWith("container:")) return [];
  const wish = endpoints[mode] ?? endpoints["default"];
  const macAddress = wish?.macAddress || (config.MacAddress ?? "");
  if (macAddress !== "" && !MAC_ADDRESS.test(macAddress)) {
    throw invalidArgument(`invalid config for network ${mode}: invalid MAC address ${macAddress}`);
  }
  return [{ network: mode, aliases: wish?.aliases ?? null, macAddress }];
}

/** The networks that Docker has from the beginning give out addresses as they please. */
function checkEndpoint(network: string, { aliases, ipv4, ipv6 }: EndpointRequest): void {
  if (!["default", "bridge", "host", "none"].includes(network)) return;
  const mistakes: string[] = [];
  const wantsAddress = ipv4 !== "" || ipv6 !== "";
  if (wantsAddress) mistakes.push("user specified IP address is supported on user defined networks only");
  if ((aliases?.length ?? 0) > 0) mistakes.push("network-scoped alias is supported only for containers in user defined networks");
  if (wantsAddress && (network === "host" || network === "none")) {
    mistakes.push("user specified IP address is supported only when connecting to networks with user configured subnets");
  }
  const list = mistakes.length === 1 ? mistakes : mistakes.map((mistake) => `* ${mistake}`);
  if (list.length > 0) throw invalidArgument([`invalid config for network ${network}: invalid endpoint settings:`, ...list].join("\n"));
}
