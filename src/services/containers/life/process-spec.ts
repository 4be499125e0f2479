import { notFound } from "#errors";
import type { HostConfig } from "#oci";
import type { ContainerSpec } from "#runtime";
import type { ContainerSet } from "../container-set.ts";
import type { Container } from "../container.ts";
import { joinedId, joinNames, joinNamespace, joinNetwork } from "./joined-container.ts";
import { limitsOf } from "./limits-of.ts";
import { mountsOf } from "./mounts-of.ts";

/**
 * What runs in a container, and on what; the root is mounted later.
 *
 * @throws not-found for a network that is not there; in Docker's words for a container that it cannot live with.
 */
export async function processSpec(containers: ContainerSet, { id, folder, record }: Container): Promise<Omit<ContainerSpec, "root">> {
  const { config, hostConfig, path, args } = record;
  const [rows, columns] = hostConfig.ConsoleSize;
  return {
    id,
    folder,
    args: [path, ...args],
    env: config.Env ?? [],
    user: config.User ?? "",
    cwd: config.WorkingDir === undefined || config.WorkingDir === "" ? "/" : config.WorkingDir,
    ...namesIn(containers, record),
    network: config.NetworkDisabled === true ? "none" : networkOf(containers, hostConfig.NetworkMode),
    keepsInputOpen: config.OpenStdin,
    ...(config.Tty && { terminal: { rows, columns } }),
    mounts: await mountsOf(record),
    limits: limitsOf(hostConfig),
    ...namesOf(hostConfig),
    ...privilegesOf(hostConfig),
    ...namespacesOf(containers, hostConfig),
  };
}

function namesIn(
  containers: ContainerSet,
  { config, hostConfig }: Container["record"],
): { readonly hostname: string; readonly domainname: string } {
  const joined = joinedId(hostConfig.NetworkMode);
  return joined === undefined ? { hostname: config.Hostname, domainname: config.Domainname } : joinNames(containers, joined);
}

function networkOf(containers: ContainerSet, mode: string): ContainerSpec["network"] {
  if (mode === "none" || mode === "host") return mode;
  if (mode === "bridge" || mode === "default") return "default";
  const joined = joinedId(mode);
  if (joined === undefined) throw notFound(`failed to set up container networking: network ${mode} not found`);
  return joinNetwork(containers, joined);
}

function namesOf({ Dns: dns, DnsSearch: dnsSearch, DnsOptions: dnsOptions, ExtraHosts: hosts }: HostConfig): Partial<ContainerSpec> {
  return { dns: dns ?? [], dnsSearch: dnsSearch ?? [], dnsOptions: dnsOptions ?? [], extraHosts: (hosts ?? []).map(toHost) };
}

function toHost(entry: string): { readonly host: string; readonly ip: string } {
  const colon = entry.indexOf(":");
  return { host: entry.slice(0, colon), ip: entry.slice(colon + 1).replace(/^\[(.*)\]$/, "$1") };
}

/** What a container may do, and to what. */
function privilegesOf(host: HostConfig): Partial<ContainerSpec> {
  return {
    isPrivileged: host.Privileged,
    isRootReadonly: host.ReadonlyRootfs,
    capAdd: host.CapAdd ?? [],
    capDrop: host.CapDrop ?? [],
    groupAdd: host.GroupAdd ?? [],
    devices: (host.Devices ?? []).map(({ PathOnHost: source, PathInContainer: target, CgroupPermissions: permissions }) => ({
      source,
      target: target || source,
      permissions: permissions || "rwm",
    })),
    deviceCgroupRules: host.DeviceCgroupRules ?? [],
    ulimits: (host.Ulimits ?? []).map(({ Name: name, Soft: soft, Hard: hard }) => ({ name, soft, hard })),
    sysctls: host.Sysctls ?? {},
    securityOptions: host.SecurityOpt ?? [],
    ...(host.MaskedPaths !== null && { maskedPaths: host.MaskedPaths }),
    ...(host.ReadonlyPaths !== null && { readonlyPaths: host.ReadonlyPaths }),
    hasInit: host.Init === true,
    oomScoreAdj: host.OomScoreAdj,
    ...(host.CgroupParent !== "" && { cgroupParent: host.CgroupParent }),
  };
}

function namespacesOf(containers: ContainerSet, host: HostConfig): Partial<ContainerSpec> {
  const { IpcMode: ipc, PidMode: pid, UTSMode: uts, CgroupnsMode: cgroup, ShmSize: shmSize } = host;
  const [ipcOf, pidOf] = [joinedId(ipc), joinedId(pid)];
  return {
    shmSize,
    ipc: ipcOf === undefined ? ipcModeOf(ipc) : joinNamespace(containers, ipcOf, "IPC"),
    pid: pidOf === undefined ? hostOrPrivate(pid) : joinNamespace(containers, pidOf, "PID"),
    uts: hostOrPrivate(uts),
    cgroupNamespace: hostOrPrivate(cgroup),
  };
}

function ipcModeOf(mode: string): "private" | "none" | "shareable" | "host" {
  return mode === "none" || mode === "shareable" || mode === "host" ? mode : "private";
}

function hostOrPrivate(mode: string): "private" | "host" {
  return mode === "host" ? "host" : "private";
}
