import { readFile } from "node:fs/promises";
import type { ServerOptions } from "node:https";
import { invalidArgument } from "#errors";
import type { TlsFiles } from "../config/index.ts";

/** TLS where only clients with a certificate of `ca` come in. The files are checked here, before anything listens. */
export async function mutualTls(files: TlsFiles): Promise<ServerOptions> {
  const { createSecureContext } = await import("node:tls");
  const [ca, cert, key] = await Promise.all([readFile(files.ca), readFile(files.cert), readFile(files.key)]);
  check("tlscacert", files.ca, { ca: requirePem(ca, "tlscacert", files.ca) });
  check("tlscert", files.cert, { cert });
  check("tlskey", files.key, { cert, key });
  return { ca, cert, key, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.2", handshakeTimeout: HANDSHAKE_TIMEOUT };

  function check(flag: string, path: string, parts: { ca?: Buffer; cert?: Buffer; key?: Buffer }): void {
    try {
      createSecureContext(parts);
    } catch (error) {
      throw invalidArgument(`cannot use --${flag} "${path}": ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

const HANDSHAKE_TIMEOUT = 10_000;

/** OpenSSL takes a file without any certificate for an empty list, and nobody could ever connect. */
function requirePem(bytes: Buffer, flag: string, path: string): Buffer {
  if (bytes.includes("-----BEGIN CERTIFICATE-----") || bytes.includes("-----BEGIN TRUSTED CERTIFICATE-----")) return bytes;
  throw invalidArgument(`cannot use --${flag} "${path}": it holds no certificate in PEM form`);
}
