import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canLimitSwap, hasCgroup2 } from "../cgroups/control-group.ts";
import type { Network } from "../network/network.ts";
import { bundleConfig, isOpen } from "./bundle-config.ts";
import type { BundleSpec } from "./bundle-config.ts";
import { buildHostsFile, containerHostsFile, containerResolvFile, resolvFile } from "./container-files.ts";
import { machineDevices, parseDeviceRule, requestedDevices } from "./devices.ts";
import { seccompFor } from "./first-process.ts";
import { findInit } from "./init-program.ts";
import type { ContainerFiles } from "./mounts.ts";
import type { ProcessFacts } from "./process-config.ts";
import { limitResources } from "./resources.ts";
import { parseSecurityOptions } from "./security-options.ts";

/** Where a bundle is, and what is decided already. */
export interface BundlePlace {
  readonly bundle: string;
  readonly cgroupsPath: string;
  /** Where a container's own files are; a step of a build has them in its bundle. */
  readonly folder: string | undefined;
  readonly process: ProcessFacts;
  readonly network: Pick<Network, "namespace" | "nameserver" | "address">;
  /** On the machine: what others share as /dev/shm. */
  readonly sharedMemory: string | undefined;
}

/** More than any build needs, and few enough that a fork bomb leaves the machine some. */
const BUILD_PIDS = 8192;

/** Writes the runtime's `config.json`, and what is mounted over files of the root. */
export async function writeBundle(spec: BundleSpec, place: BundlePlace): Promise<void> {
  const { folder, process } = place;
  const limits = folder === undefined ? { pids: BUILD_PIDS, ...spec.limits } : (spec.limits ?? {});
  const [files, limited, devices, allDevices, seccomp] = await Promise.all([
    writeFiles(spec, place),
    limitResources(limits, { limitsSwap: canLimitSwap() }),
    requestedDevices(spec.devices ?? []),
    spec.isPrivileged === true ? machineDevices() : [],
    isOpen(spec) ? undefined : seccompFor(spec, process.capabilities),
  ]);
  const config = bundleConfig(spec, {
    process,
    cgroupsPath: place.cgroupsPath,
    networkNamespace: place.network.namespace,
    hasCgroup2: hasCgroup2(),
    files,
    sharedMemory: place.sharedMemory,
    hasWritableCgroups: parseSecurityOptions(spec.securityOptions ?? []).hasWritableCgroups,
    init: spec.hasInit === true ? findInit() : undefined,
    limits: limited,
    deviceNodes: [...allDevices, ...devices.nodes],
    deviceRules: [...devices.rules, ...(spec.deviceCgroupRules ?? []).map(parseDeviceRule)],
    seccomp,
  });
  await writeFile(join(place.bundle, "config.json"), JSON.stringify(config), { mode: 0o600 });
}

async function writeFiles(spec: BundleSpec, { folder, bundle, network }: BundlePlace): Promise<ContainerFiles> {
  const resolv = await readFile("/etc/resolv.conf", "utf8").catch(() => "");
  if (folder === undefined) {
    return {
      hosts: await writeShared(join(bundle, "hosts"), buildHostsFile(spec)),
      resolv: await writeShared(join(bundle, "resolv.conf"), resolvFile(resolv, network.nameserver)),
    };
  }
  // Who shares a network shares its names.
  if (typeof spec.network === "object") return filesIn(spec.network.folder);
  const hosts = spec.network === "host" ? await readFile("/etc/hosts", "utf8").catch(() => "") : "";
  const files = filesIn(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await Promise.all([
    writeShared(files.hosts, containerHostsFile(spec, { machine: hosts, address: network.address })),
    writeShared(files.hostname, `${spec.hostname}\n`),
    writeShared(files.resolv, containerResolvFile(resolv, network.nameserver, spec)),
  ]);
  return files;
}

function filesIn(folder: string): Required<ContainerFiles> {
  return { hosts: join(folder, "hosts"), hostname: join(folder, "hostname"), resolv: join(folder, "resolv.conf") };
}

/** For every user of the container, whatever this process keeps to itself. */
async function writeShared(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  await chmod(path, 0o644);
  return path;
}
