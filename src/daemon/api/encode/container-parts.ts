import type { ContainerDetail } from "#containers";
import { digestOf, hexOf } from "#oci";
import type { EndpointJson, MountPointJson } from "#wire";
import { networkIdOf } from "./network-id.ts";

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

/** Of this run of a container: another one for the next. Empty while it does not run. */
export function ofThisRun({ id, state }: Record, what: string): string {
  const isRunning = state.status === "running" || state.status === "paused";
  return isRunning ? hexOf(digestOf(`${id} ${state.startedAt ?? ""} ${what}`)) : "";
}

/** What it could be reached at in a network of its own, if anybody were there. */
export function exposedPorts({ config, state, endpoints }: Record): readonly string[] {
  const isRunning = state.status === "running" || state.status === "paused";
  return isRunning && endpoints.some(({ network }) => network === "bridge") ? Object.keys(config.ExposedPorts ?? {}).sort() : [];
}

/** Addresses are the private network's own affair so far: nobody outside could use them. */
export function encodeEndpoints(record: Record): Readonly<globalThis.Record<string, EndpointJson>> {
  const wasStarted = record.state.startedAt !== undefined;
  return Object.fromEntries(
    record.endpoints.map(({ network, aliases, macAddress }) => {
      const ids = { NetworkID: wasStarted ? networkIdOf(network) : "", EndpointID: ofThisRun(record, network) };
      return [network, { ...NO_ADDRESS, ...ids, Aliases: aliases, MacAddress: macAddress }];
    }),
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
