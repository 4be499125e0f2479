import { getCACertificates } from "node:tls";

/** PEM: the authorities that Node brings and those that the machine's administrator added. */
export function trustedAuthorities(): readonly string[] {
  return [...getCACertificates("default"), ...getCACertificates("system")];
}
