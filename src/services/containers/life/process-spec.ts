import { notFound } from "#errors";
import type { HostConfig } from "#oci";
import { bindSource } from "#runtime";
import type { ContainerSpec, ExtraMount, ResourceLimits } from "#runtime";
import type { Container } from "../container.ts";

/** What runs in a container, and on what; the root is mounted later. @throws not-found for a network that is not there. */
export async function processSpec({ id, folder, record }: Container): Promise<Omit<ContainerSpec, "root">> {
  const { config, hostConfig, path, args } = record;
  return {
    id,
    folder,
    args: [path, ...args],
    env: config.Env ?? [],
    user: config.User ?? "",
    cwd: config.WorkingDir === undefined || config.WorkingDir === "" ? "/" : config.WorkingDir,
    hostname: config.Hostname,
    network: config.NetworkDisabled === true ? "none" : networkOf(hostConfig.NetworkMode),
    keepsInputOpen: config.OpenStdin,
    ...(config.Tty && { terminal: { rows: hostConfig.ConsoleSize[0], columns: hostConfig.ConsoleSize[1] } }),
    mounts: await mountsOf(record),
    limits: limitsOf(hostConfig),
    ulimits: (hostConfig.Ulimits ?? []).map(({ Name: name, Soft: soft, Hard: hard }) => ({ name, soft, hard })),
    shmSize: hostConfig.ShmSize,
    extraHosts: (hostConfig.ExtraHosts ?? []).map(toHost),
    isInsecure: hostConfig.Privileged,
    ...(hostConfig.CgroupParent !== "" && { cgroupParent: hostConfig.CgroupParent }),
  };
}

function networkOf(mode: string): ContainerSpec["network"] {
  if (mode === "none" || mode === "host") return mode;
  if (mode === "bridge" || mode === "default") return "default";
  throw notFound(`network ${mode} not found`);
}

async function mountsOf({ mounts, hostConfig }: Container["record"]): Promise<readonly ExtraMount[]> {
  const sizes = new Map((hostConfig.Mounts ?? []).map(({ Target: target = "", TmpfsOptions: options }) => [target, options?.SizeBytes]));
  const made = mounts.map(async ({ type, source, destination: target, isWritable, isMadeIfMissing = false }): Promise<ExtraMount> => {
    if (type === "tmpfs") return { type, target, size: sizes.get(target) };
    const { isFile } = await bindSource(source, { isMadeIfMissing });
    return { type: "bind", source, target, isReadonly: !isWritable, isFile };
  });
  const inMemory = Object.entries(hostConfig.Tmpfs ?? {}).map(([target, options]): ExtraMount => {
    return { type: "tmpfs", target, size: sizeOf(options) };
  });
  return [...(await Promise.all(made)), ...inMemory];
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Of mount(8)'s options. */
function sizeOf(options: string): number | undefined {
  const [, number, unit = ""] = /(?:^|,)size=(\d+)([kmg]?)(?:,|$)/i.exec(options) ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit.toLowerCase()] ?? 1);
}

/** Microseconds. */
const PERIOD = 100_000;

/** Zero is Docker's way to say nothing. */
export function limitsOf(host: Pick<HostConfig, keyof HostLimits>): ResourceLimits {
  const { NanoCpus: nano, PidsLimit: pids } = host;
  return {
    memory: host.Memory || undefined,
    memorySwap: host.MemorySwap || undefined,
    cpuShares: host.CpuShares || undefined,
    cpuQuota: nano > 0 ? Math.round((nano * PERIOD) / 1e9) : host.CpuQuota || undefined,
    cpuPeriod: nano > 0 ? PERIOD : host.CpuPeriod || undefined,
    cpusetCpus: host.CpusetCpus || undefined,
    cpusetMems: host.CpusetMems || undefined,
    pids: pids === null || pids <= 0 ? undefined : pids,
  };
}

type HostLimits = Pick<
  HostConfig,
  "Memory" | "MemorySwap" | "CpuShares" | "NanoCpus" | "CpuQuota" | "CpuPeriod" | "CpusetCpus" | "CpusetMems" | "PidsLimit"
>;

/** What the machine is called in the private network; its own loopback cannot be reached from there. */
const GATEWAY = "10.0.2.2";

function toHost(entry: string): { readonly host: string; readonly ip: string } {
  const colon = entry.indexOf(":");
  const ip = entry.slice(colon + 1).replace(/^\[(.*)\]$/, "$1");
  return { host: entry.slice(0, colon), ip: ip === "host-gateway" ? GATEWAY : ip };
}
