import { internal, notImplemented } from "#errors";
import type { EngineError } from "#errors";
import type { HostConfig } from "#oci";

/** What Docker has and we do not yet is refused by its name, before anything is made. @throws not-implemented. */
export function checkServed(host: HostConfig): void {
  const { NetworkMode: network, RestartPolicy: restart, Links: links, DeviceRequests: requests } = host;
  if (Object.keys(host.StorageOpt ?? {}).length > 0) {
    throw internal("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
  if (restart.Name !== "" && restart.Name !== "no") {
    throw missing(`the restart policy "${restart.Name}"`, "it starts containers when it is asked to; leave the policy out");
  }
  const publishes = host.PublishAllPorts || Object.values(host.PortBindings ?? {}).some((bindings) => (bindings?.length ?? 0) > 0);
  if (publishes && network !== "host" && network !== "none") {
    throw missing("publishing ports", 'a container\'s own network cannot be reached from outside; use the network "host"');
  }
  if ((links?.length ?? 0) > 0) throw missing("linking containers", "containers have networks of their own");
  if ((requests?.length ?? 0) > 0) throw missing("asking for devices by what they can do", "name them with --device");
}

function missing(what: string, reason: string): EngineError {
  return notImplemented(`${what} is not implemented by slipway: ${reason}`);
}
