import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { forbidden } from "#errors";
import type { EngineError } from "#errors";
import { guardedLookup, namesAddress, proxyFor } from "#network";
import type { ProxyConfig } from "#network";
import { readSocksRequest, SOCKS_GRANTED, SOCKS_REFUSED } from "./socks.ts";
import type { Destination } from "./socks.ts";

export interface GuardRules {
  readonly allows: (address: string) => boolean;
  readonly proxy: ProxyConfig;
}

/**
 * A SOCKS proxy on loopback that git sends all its HTTP through, with a password that only that git knows. So every
 * connection, wherever a server redirects to, is one to an address that may be reached, and the machine's own proxies are
 * used by the rules of the rest of the engine.
 */
export class ConnectionGuard implements AsyncDisposable {
  readonly url: string;
  /** Why a connection was not made. */
  refusal: EngineError | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, rules: GuardRules) {
    const password = randomBytes(16).toString("hex");
    this.#server = server;
    this.url = `socks5h://git:${password}@127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket) => {
      this.#keep(socket);
      this.#serve(socket, password, rules).catch(() => socket.destroy());
    });
  }

  static async open(rules: GuardRules): Promise<ConnectionGuard> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ConnectionGuard(server, rules);
  }

  async #serve(socket: Socket, password: string, rules: GuardRules): Promise<void> {
    const destination = await readSocksRequest(socket, password);
    try {
      const target = this.#keep(await this.#connect(destination, rules));
      socket.write(SOCKS_GRANTED);
      target.pipe(socket).pipe(target);
      target.on("close", () => socket.destroy());
      socket.on("close", () => target.destroy());
    } catch (error) {
      socket.end(SOCKS_REFUSED);
      throw error;
    }
  }

  #connect(destination: Destination, { allows, proxy: config }: GuardRules): Promise<Socket> {
    const { host, port } = destination;
    const address = namesAddress(host);
    const refusal = (refused: string): EngineError =>
      (this.refusal = forbidden(`error fetching: ${refused} is not an address to fetch from`));
    if (address !== undefined && !allows(address)) throw refusal(address);
    const scheme = port === 80 ? "http" : "https";
    const proxy = proxyFor(new URL(`${scheme}://${address?.includes(":") === true ? `[${address}]` : host}:${port}`), config);
    if (proxy !== undefined) return tunnel(new URL(proxy), destination);
    const socket = connect({ host, port, lookup: guardedLookup({ allows, refusal }) });
    return once(socket, "connect").then(() => socket);
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

async function tunnel(proxy: URL, { host, port }: Destination): Promise<Socket> {
  const path = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const { username, password } = proxy;
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  const headers = { Host: path, ...(username !== "" && { "Proxy-Authorization": `Basic ${login}` }) };
  const asked = request({ host: proxy.hostname, port: proxy.port === "" ? 80 : proxy.port, method: "CONNECT", path, headers }).end();
  const [response, socket] = (await once(asked, "connect")) as [{ statusCode: number }, Socket];
  if (response.statusCode !== 200) throw new Error(`the proxy answers ${response.statusCode}`);
  return socket;
}
