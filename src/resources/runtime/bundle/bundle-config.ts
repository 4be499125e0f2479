import type { ContainerSpec } from "../run-spec.ts";
import { DEFAULT_RULES, EVERY_DEVICE } from "./devices.ts";
import type { DeviceNode, DeviceRule } from "./devices.ts";
import { mountsFor, rootPropagation } from "./mounts.ts";
import type { MountFacts } from "./mounts.ts";
import { namespacesFor } from "./namespaces.ts";
import { processConfig } from "./process-config.ts";
import type { ProcessFacts } from "./process-config.ts";

/** What has to do with where a process runs, and not with its life. A step of a build has little of it. */
export type BundleSpec = Omit<ContainerSpec, "id" | "folder" | "keepsInputOpen">;

/** What the machine adds to a spec. */
export interface BundleFacts extends MountFacts {
  readonly process: ProcessFacts;
  readonly cgroupsPath: string;
  /** Path of the network namespace to join; undefined for a new one. */
  readonly networkNamespace: string | undefined;
  /** With version 2 of control groups a process sees only its own, as in Docker. */
  readonly hasCgroup2: boolean;
  readonly limits: object;
  readonly deviceNodes: readonly DeviceNode[];
  /** Beside Docker's own. */
  readonly deviceRules: readonly DeviceRule[];
  /** Undefined for no filter. */
  readonly seccomp: object | undefined;
}

const MASKED_PATHS = words(`
  /proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats
  /proc/sched_debug /proc/scsi /sys/firmware /sys/devices/virtual/powercap
`);

const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** A process of no privileges may listen on any port of its own network, and ping. */
const NETWORK_SYSCTLS = { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647" };

/** All that Docker keeps from a process is allowed. */
export function isOpen({ isInsecure = false, isPrivileged = false }: Pick<BundleSpec, "isInsecure" | "isPrivileged">): boolean {
  return isInsecure || isPrivileged;
}

/** The runtime's `config.json`: what Docker gives a container, with the network, limits and mounts of this process. */
export function bundleConfig(spec: BundleSpec, facts: BundleFacts): object {
  const open = isOpen(spec);
  const { uts = "private", maskedPaths, readonlyPaths, isRootReadonly = false } = spec;
  const propagation = rootPropagation(spec.mounts);
  return {
    ociVersion: "1.0.2",
    process: processConfig(facts.process),
    root: { path: spec.root, readonly: isRootReadonly },
    ...(uts === "host" ? {} : { hostname: spec.hostname }),
    mounts: mountsFor({ ...spec, isOpen: open }, facts),
    linux: {
      sysctl: sysctlsOf(spec),
      cgroupsPath: facts.cgroupsPath,
      namespaces: namespacesFor(spec, facts),
      devices: facts.deviceNodes,
      resources: { ...facts.limits, devices: open ? EVERY_DEVICE : [...DEFAULT_RULES, ...facts.deviceRules] },
      ...(propagation === undefined ? {} : { rootfsPropagation: propagation }),
      maskedPaths: maskedPaths ?? (open ? [] : MASKED_PATHS),
      readonlyPaths: readonlyPaths ?? (open ? [] : READONLY_PATHS),
      ...(facts.seccomp === undefined ? {} : { seccomp: facts.seccomp }),
    },
  };
}

function sysctlsOf({ network, domainname = "", uts = "private", sysctls = {} }: BundleSpec): Readonly<Record<string, string>> {
  const hasOwnNetwork = network === "default" || network === "none";
  const domain = domainname === "" || uts === "host" ? {} : { "kernel.domainname": domainname };
  return { ...(hasOwnNetwork ? NETWORK_SYSCTLS : {}), ...domain, ...sysctls };
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
