import type { RunSpec } from "../run-spec.ts";

/** /etc/hosts as a build sees it. */
export function hostsFile({ hostname, extraHosts = [] }: Pick<RunSpec, "hostname" | "extraHosts">): string {
  return [
    `127.0.0.1\tlocalhost ${hostname}`,
    "::1\tlocalhost ip6-localhost ip6-loopback",
    ...extraHosts.map(({ host, ip }) => `${ip}\t${host}`),
    "",
  ].join("\n");
}

/**
 * The machine's resolv.conf for a process in `network`. A name server on the machine's loopback answers nobody in
 * another network, so there the network's own takes the place of all of them.
 */
export function resolvFile(machine: string, nameserver: string | undefined): string {
  if (nameserver === undefined) return machine;
  const others = machine.split("\n").filter((line) => /^\s*(?:search|domain|options)\s/.test(line));
  return [`nameserver ${nameserver}`, ...others, ""].join("\n");
}
