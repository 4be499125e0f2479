import type { ContainerDetail } from "#containers";
import type { EndpointJson, MountPointJson } from "#wire";

type Record = ContainerDetail["record"];

export function encodeMounts({ mounts }: Record): readonly MountPointJson[] {
  return mounts.map(({ type, name, source, destination, driver, mode, isWritable, propagation }) => ({
    Type: type,
    ...(name !== undefined && { Name: name }),
    Source: source,
    Destination: destination,
    ...(driver !== undefined && { Driver: driver }),
    Mode: mode,
    RW: isWritable,
    Propagation: propagation,
  }));
}

/** Addresses are the private network's own affair so far: nobody outside could use them. */
export function encodeEndpoints({ endpoints }: Record): Readonly<globalThis.Record<string, EndpointJson>> {
  return Object.fromEntries(
    endpoints.map(({ network, aliases, macAddress }) => [network, { ...NO_ADDRESS, Aliases: aliases, MacAddress: macAddress }]),
  );
}

const NO_ADDRESS: EndpointJson = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  MacAddress: "",
  DriverOpts: null,
  GwPriority: 0,
  NetworkID: "",
  EndpointID: "",
  Gateway: "",
  IPAddress: "",
  IPPrefixLen: 0,
  IPv6Gateway: "",
  GlobalIPv6Address: "",
  GlobalIPv6PrefixLen: 0,
  DNSNames: null,
};
