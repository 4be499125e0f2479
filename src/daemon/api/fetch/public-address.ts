import { BlockList, isIPv4, isIPv6 } from "node:net";

/** IANA's special-purpose registries: whatever is not the public internet, and what hides such an address in another. */
const IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
const IPV6 = [
  "::/96",
  "::ffff:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "fc00::/7",
  "fe80::/9",
  "ff00::/8",
];

/** Two lists, because one would take every IPv4 address for the IPv6 address that it can be written as. */
const PRIVATE_IPV4 = blockList(IPV4, "ipv4");
const PRIVATE_IPV6 = blockList(IPV6, "ipv6");

/** False for loopback, link-local (where clouds keep their secrets), private, shared and reserved addresses. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !PRIVATE_IPV4.check(address, "ipv4");
  return isIPv6(address) && !PRIVATE_IPV6.check(address, "ipv6");
}

const LINK_LOCAL_IPV4 = blockList(["169.254.0.0/16"], "ipv4");
const LINK_LOCAL_IPV6 = blockList(["fe80::/10", "::ffff:169.254.0.0/112", "64:ff9b::a9fe:0/112"], "ipv6");

/** Where clouds answer with the machine's own secrets; nobody keeps archives there. */
export function isLinkLocalAddress(address: string): boolean {
  return isIPv4(address) ? LINK_LOCAL_IPV4.check(address, "ipv4") : LINK_LOCAL_IPV6.check(address, "ipv6");
}

function blockList(ranges: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits] = range.split("/");
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}
