import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { invalidArgument } from "#errors";
import { Client } from "../client.ts";
import type { ClientOptions } from "../client.ts";
import { isLoopback, parseAddress } from "./address.ts";
import type { Address } from "./address.ts";
import { readSurroundings } from "./environment.ts";
import { HttpTransport } from "./http-transport.ts";
import type { Tls } from "./http-transport.ts";

export interface ConnectOptions extends ClientOptions {
  /**
   * `unix://path`, `tcp://host:port`, `http://…` or `https://…`. Without it `DOCKER_HOST`, `DOCKER_TLS_VERIFY` and
   * `DOCKER_CERT_PATH` count, and at last the socket where Slipway's daemon of this user listens.
   */
  readonly host?: string;
  /** PEM. Turns `tcp` into TLS; the engine's certificate is always verified, against the system's authorities without `ca`. */
  readonly tls?: Tls;
  /** Sent as a bearer token; only over TLS, a unix socket or the loopback interface. */
  readonly token?: string;
}

/** Opens a client and agrees with the engine on an API version. Dispose it with `await using`. */
export async function connect({ host, tls, token, ...options }: ConnectOptions = {}): Promise<Client> {
  const surroundings = host === undefined ? readSurroundings() : undefined;
  const certificates = tls ?? (await readCertificates(surroundings?.certificateFolder));
  const address = parseAddress(host ?? surroundings?.host ?? "", { tls: certificates !== undefined });
  if (token !== undefined) checkTokenIsSafe(address);
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return Client.open(new HttpTransport(address, { headers, ...(certificates !== undefined && { tls: certificates }) }), options);
}

function checkTokenIsSafe(address: Address): void {
  if (address.kind === "unix" || address.tls || isLoopback(address)) return;
  throw invalidArgument(`cannot send a token to ${address.host} in the clear: expected https, a unix socket or a loopback address`);
}

/** The files that Docker's clients look for. */
async function readCertificates(folder: string | undefined): Promise<Tls | undefined> {
  if (folder === undefined) return undefined;
  try {
    const [ca, cert, key] = await Promise.all(["ca.pem", "cert.pem", "key.pem"].map((name) => readFile(join(folder, name), "utf8")));
    return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
  } catch (error) {
    throw invalidArgument(`cannot read the certificates of DOCKER_CERT_PATH: ${(error as Error).message}`, { cause: error });
  }
}
