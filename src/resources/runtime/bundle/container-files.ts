import { networkInterfaces } from "node:os";
import { internal } from "#errors";
import type { ContainerSpec, RunSpec } from "../run-spec.ts";

/** /etc/hosts as a build sees it. */
export function buildHostsFile({ hostname, extraHosts = [] }: Pick<RunSpec, "hostname" | "extraHosts">): string {
  return [`127.0.0.1\tlocalhost ${hostname}`, "::1\tlocalhost ip6-localhost ip6-loopback", ...extraHosts.map(hostLine), ""].join("\n");
}

type NamesWish = Pick<ContainerSpec, "hostname" | "domainname" | "extraHosts" | "network">;

const LOCAL_HOSTS = [
  "127.0.0.1\tlocalhost",
  "::1\tlocalhost ip6-localhost ip6-loopback",
  "fe00::\tip6-localnet",
  "ff00::\tip6-mcastprefix",
  "ff02::1\tip6-allnodes",
  "ff02::2\tip6-allrouters",
];

/**
 * /etc/hosts as Docker writes it for a container.
 *
 * @param machine the machine's own, which is taken over with its network.
 * @param address of the container in a network of its own.
 */
export function containerHostsFile(
  { hostname, domainname = "", extraHosts = [], network }: NamesWish,
  { machine, address }: { readonly machine: string; readonly address: string | undefined },
): string {
  const extra = extraHosts.map(hostLine);
  if (network === "host")
    return `${machine}${machine === "" || machine.endsWith("\n") ? "" : "\n"}${extra.map((line) => `${line}\n`).join("")}`;
  const own = domainname === "" ? hostname : `${hostname}.${domainname} ${hostname}`;
  return [...LOCAL_HOSTS, ...extra, ...(address === undefined ? [] : [`${address}\t${own}`]), ""].join("\n");
}

function hostLine({ host, ip }: { readonly host: string; readonly ip: string }): string {
  return `${ip === HOST_GATEWAY ? machineAddress() : ip}\t${host}`;
}

/** How Docker lets one name the machine. */
const HOST_GATEWAY = "host-gateway";

/** An address by which the machine is reached also from another network. @throws internal in Docker's words. */
function machineAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outward = addresses.find(({ family, internal: isLoopback }) => family === "IPv4" && !isLoopback);
  if (outward === undefined) throw internal("unable to derive the IP value for host-gateway");
  return outward.address;
}

/**
 * The machine's resolv.conf for a process in another network. A name server on the machine's loopback answers nobody
 * there, so the network's own takes the place of all of them.
 */
export function resolvFile(machine: string, nameserver: string | undefined): string {
  if (nameserver === undefined) return machine;
  const others = machine.split("\n").filter((line) => /^\s*(?:search|domain|options)\s/.test(line));
  return [`nameserver ${nameserver}`, ...others, ""].join("\n");
}

type ResolvWish = Pick<ContainerSpec, "dns" | "dnsSearch" | "dnsOptions">;

/** The same for a container, where each of the three kinds of lines may be replaced. */
export function containerResolvFile(machine: string, nameserver: string | undefined, wish: ResolvWish): string {
  const { dns = [], dnsSearch = [], dnsOptions = [] } = wish;
  if (dns.length + dnsSearch.length + dnsOptions.length === 0) return resolvFile(machine, nameserver);
  const found = linesOf(resolvFile(machine, nameserver));
  const servers = dns.length > 0 ? dns.map((address) => `nameserver ${address}`) : found.nameserver;
  // A single dot stands for none at all.
  const isEmptied = dnsSearch.length === 1 && dnsSearch[0] === ".";
  const search = dnsSearch.length > 0 ? (isEmptied ? [] : [`search ${dnsSearch.join(" ")}`]) : found.search;
  const options = dnsOptions.length > 0 ? [`options ${dnsOptions.join(" ")}`] : found.options;
  return [...servers, ...search, ...options, ""].join("\n");
}

function linesOf(text: string): { readonly nameserver: string[]; readonly search: string[]; readonly options: string[] } {
  const lines = text.split("\n").map((line) => line.trim());
  return {
    nameserver: lines.filter((line) => /^nameserver\s/.test(line)),
    search: lines.filter((line) => /^(?:search|domain)\s/.test(line)).slice(-1),
    options: lines.filter((line) => /^options\s/.test(line)).slice(-1),
  };
}
