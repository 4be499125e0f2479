import { invalidArgument } from "#errors";
import type { ContainerCreateRequest } from "../types.ts";

/** Whoever lives in another's network has that one's name, ports and resolver. @throws invalid-argument. */
export function checkNetworkMode({ config, hostConfig }: ContainerCreateRequest): void {
  const { NetworkMode: mode, UTSMode: uts } = hostConfig;
  const isOthers = mode.startsWith("container:");
  const isHost = mode === "host";
  if (isOthers && mode === "container:") throw invalidArgument("invalid network mode: invalid container format container:<name|id>");
  if (isOthers && config.Hostname !== "") throw invalidArgument("conflicting options: hostname and the network mode");
  if (uts === "host" && config.Hostname !== "") throw invalidArgument("conflicting options: hostname and the UTS mode");
  const hasLinks = (hostConfig.Links?.length ?? 0) > 0;
  if (isHost && hasLinks) {
    throw invalidArgument("conflicting options: host type networking can't be used with links. This would result in undefined behavior");
  }
  if (!isOthers) return;
  if (hasLinks) {
    throw invalidArgument("conflicting options: container type network can't be used with links. This would result in undefined behavior");
  }
  if ((hostConfig.Dns?.length ?? 0) > 0) throw invalidArgument("conflicting options: dns and the network mode");
  if ((hostConfig.ExtraHosts?.length ?? 0) > 0) {
    throw invalidArgument("conflicting options: custom host-to-IP mapping and the network mode");
  }
  if (hostConfig.PublishAllPorts || Object.keys(hostConfig.PortBindings ?? {}).length > 0) {
    throw invalidArgument("conflicting options: port publishing and the container type network mode");
  }
  if (Object.keys(config.ExposedPorts ?? {}).length > 0) {
    throw invalidArgument("conflicting options: port exposing and the container type network mode");
  }
}
