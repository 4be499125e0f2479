import type { ContainerCreateRequest, EndpointRequest } from "#containers";
import { invalidArgument } from "#errors";
import type { ContainerSettings, HostConfig, Platform } from "#oci";
import { goInt, goList, goMap, goPointer, goString, goStruct, readGo } from "#wire";
import { isSince } from "../http/is-since.ts";
import { SETTINGS_FIELDS } from "./container-settings.ts";
import { HOST_CONFIG } from "./host-config.ts";

interface EndpointDocument {
  readonly IPAMConfig: { readonly IPv4Address: string; readonly IPv6Address: string } | null;
  readonly Links: readonly string[] | null;
  readonly Aliases: readonly string[] | null;
  readonly MacAddress: string;
  readonly DriverOpts: Readonly<Record<string, string>> | null;
  readonly GwPriority: number;
}

interface CreateDocument extends ContainerSettings {
  readonly HostConfig: HostConfig | null;
  readonly NetworkingConfig: { readonly EndpointsConfig: Readonly<Record<string, EndpointDocument | null>> | null } | null;
}

const text = goString();
const strings = goList(text, "[]string");
const ipam = goStruct<NonNullable<EndpointDocument["IPAMConfig"]>>("network.EndpointIPAMConfig", { IPv4Address: text, IPv6Address: text });
const endpoint = goStruct<EndpointDocument>("network.EndpointSettings", {
  IPAMConfig: goPointer(ipam),
  Links: strings,
  Aliases: strings,
  MacAddress: text,
  DriverOpts: goMap(text, "map[string]string"),
  GwPriority: goInt("int"),
});
const DOCUMENT = goStruct<CreateDocument>("container.CreateRequest", {
  ...SETTINGS_FIELDS,
  HostConfig: goPointer(HOST_CONFIG),
  NetworkingConfig: goPointer(
    goStruct<NonNullable<CreateDocument["NetworkingConfig"]>>("network.NetworkingConfig", {
      EndpointsConfig: goMap(goPointer(endpoint), "map[string]*network.EndpointSettings"),
    }),
  ),
});

export interface CreateParameters {
  readonly name: string;
  readonly platform: Platform | undefined;
  readonly version: string;
}

/** @throws invalid-argument for a document that is none, or describes no container. */
export function decodeCreate(json: unknown, { name, platform, version }: CreateParameters): ContainerCreateRequest {
  if (json === null || !hasSettings(json)) throw invalidArgument("config cannot be empty in order to create a container");
  const { HostConfig: hostConfig, NetworkingConfig: networking, ...config } = readGo(DOCUMENT, json);
  return {
    ...(name !== "" && { name }),
    ...(platform !== undefined && { platform }),
    config: forVersion(config, version),
    hostConfig: hostForVersion(hostConfig ?? HOST_CONFIG.zero, version),
    endpoints: toEndpoints(networking?.EndpointsConfig ?? {}),
  };
}

/** Of a commit: what stands in for the container's own configuration, if anything. @throws invalid-argument. */
export function decodeCommitted(json: unknown, version: string): ContainerSettings | undefined {
  if (json === null || json === undefined) return undefined;
  const { HostConfig: _, NetworkingConfig: __, ...config } = readGo(DOCUMENT, json);
  return hasSettings(json) ? forVersion(config, version) : undefined;
}

/** Whether it says anything of what Docker calls `Config`. */
function hasSettings(json: unknown): boolean {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return true;
  const names = new Set(Object.keys(SETTINGS_FIELDS).map((name) => name.toLowerCase()));
  return Object.keys(json).some((name) => names.has(name.toLowerCase()));
}

/** Docker passes over what an old client cannot have meant. */
function forVersion(config: ContainerSettings, version: string): ContainerSettings {
  const { Healthcheck: healthcheck, ...rest } = config;
  if (healthcheck === undefined || isSince(version, "1.44")) return config;
  const { StartInterval: _, ...known } = healthcheck;
  return { ...rest, Healthcheck: known };
}

function hostForVersion(host: HostConfig, version: string): HostConfig {
  const { KernelMemory, KernelMemoryTCP: _, Annotations, ...rest } = host;
  return {
    ...rest,
    ...(isSince(version, "1.43") && Annotations !== undefined && { Annotations }),
    // Clients before 1.40 count on memory that others may share.
    IpcMode: host.IpcMode === "" && !isSince(version, "1.40") ? "shareable" : host.IpcMode,
    // Kernel memory on its own is a limit of the past; old clients get what they asked for as far as it goes.
    ...(!isSince(version, "1.42") && KernelMemory !== undefined && { KernelMemory }),
    PidsLimit: host.PidsLimit !== null && host.PidsLimit <= 0 ? null : host.PidsLimit,
    ConsoleSize: isSince(version, "1.42") ? host.ConsoleSize : [0, 0],
  };
}

function toEndpoints(document: Readonly<Record<string, EndpointDocument | null>>): Readonly<Record<string, EndpointRequest>> {
  const entries = Object.entries(document).map(([network, wish]): [string, EndpointRequest] => {
    const { IPv4Address: ipv4 = "", IPv6Address: ipv6 = "" } = wish?.IPAMConfig ?? {};
    return [network, { aliases: wish?.Aliases ?? null, macAddress: wish?.MacAddress ?? "", ipv4, ipv6 }];
  });
  return Object.fromEntries(entries);
}
