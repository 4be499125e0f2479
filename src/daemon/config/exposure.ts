import { formatHost } from "./host.ts";
import type { Host } from "./host.ts";

export interface ExposureSettings {
  readonly tls: boolean;
  readonly tlsverify: boolean;
  readonly insecureLoopbackTcp: boolean;
}

/**
 * Who reaches the socket owns the machine, so TCP has two ways in and no third: TLS with client certificates, or,
 * when asked for by its long name, loopback with a token. Returns the mistake, if there is one.
 */
export function exposureMistake(host: Host, { tls, tlsverify, insecureLoopbackTcp }: ExposureSettings): string | undefined {
  if (host.kind !== "tcp" || tlsverify) return undefined;
  const refusal = `cannot listen on "${formatHost(host)}": `;
  if (tls) return `${refusal}--tls alone lets in every client, expected --tlsverify with --tlscacert`;
  if (!host.isLoopback) {
    return `${refusal}other machines could take over this one, expected --tlsverify with --tlscacert, --tlscert and --tlskey`;
  }
  if (insecureLoopbackTcp) return undefined;
  return `${refusal}every program and web page on this machine could use it, expected --tlsverify, or --insecure-loopback-tcp for a token instead`;
}
