import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

/** The link's own addresses, and those beyond it where clouds answer with the machine's secrets. */
const IPV4 = [
  ["169.254.0.0", 16],
  ["100.100.100.200", 32],
  ["192.0.0.192", 32],
  ["168.63.129.16", 32],
] as const;
const IPV6 = [
  ["fe80::", 10],
  ["fd00:ec2::", 32],
] as const;

/** Two lists, because one would take every IPv4 address for the IPv6 address that it can be written as. */
const FORBIDDEN_IPV4 = new BlockList();
const FORBIDDEN_IPV6 = new BlockList();
for (const [network, bits] of IPV4) {
  FORBIDDEN_IPV4.addSubnet(network, bits, "ipv4");
  // An IPv4 address is hidden in these by translation, tunnels or another spelling.
  FORBIDDEN_IPV6.addSubnet(`::ffff:${network}`, 96 + bits, "ipv6");
  FORBIDDEN_IPV6.addSubnet(`64:ff9b::${network}`, 96 + bits, "ipv6");
  FORBIDDEN_IPV6.addSubnet(`::${network}`, 96 + bits, "ipv6");
  FORBIDDEN_IPV6.addSubnet(`2002:${hexPair(network)}::`, 16 + bits, "ipv6");
}
for (const [network, bits] of IPV6) FORBIDDEN_IPV6.addSubnet(network, bits, "ipv6");

/**
 * Whether nothing that a client names may be fetched from there: link-local addresses and those of metadata services.
 * Loopback and private networks are where people keep their archives and repositories.
 */
export function isForbiddenAddress(address: string): boolean {
  if (isIPv4(address)) return FORBIDDEN_IPV4.check(address, "ipv4");
  return isIPv6(address) && FORBIDDEN_IPV6.check(address.replace(/%.*/, ""), "ipv6");
}

/** The address that a URL's host is, as opposed to a name that has to be looked up. */
export function namesAddress(hostname: string): string | undefined {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(host) === 0 ? undefined : host;
}

function hexPair(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
