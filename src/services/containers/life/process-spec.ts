import type { ContainerSpec } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";

/** What runs in a container, and on what; the root is mounted later. */
export async function processSpec(_deps: ContainerDeps, { id, folder, record }: Container): Promise<Omit<ContainerSpec, "root">> {
  const { config, hostConfig, path, args } = record;
  return {
    id,
    folder,
    args: [path, ...args],
    env: config.Env ?? [],
    user: config.User ?? "",
    cwd: config.WorkingDir === undefined || config.WorkingDir === "" ? "/" : config.WorkingDir,
    hostname: config.Hostname,
    network: networkOf(hostConfig.NetworkMode),
    keepsInputOpen: config.OpenStdin,
    shmSize: hostConfig.ShmSize,
  };
}

function networkOf(mode: string): ContainerSpec["network"] {
  return mode === "none" || mode === "host" ? mode : "default";
}
