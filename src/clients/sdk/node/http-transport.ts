import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { ClientRequest, RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { throwIfAborted, unavailable } from "#errors";
import type { HttpRequest, HttpResponse, Transport } from "../transport.ts";
import { formatAddress } from "./address.ts";
import type { Address } from "./address.ts";
import { isStaleConnection } from "./connection-failure.ts";
import { Exchange } from "./exchange.ts";

/** PEM. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface HttpTransportOptions {
  readonly tls?: Tls;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** HTTP/1.1 over a unix socket, TCP or TLS; connections are kept for the next request, and do not keep the process alive. */
export class HttpTransport implements Transport {
  readonly address: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: HttpAgent;
  readonly #target: RequestOptions;
  readonly #begin: (options: RequestOptions) => ClientRequest;
  #isClosed = false;

  constructor(address: Address, { tls = {}, headers = {} }: HttpTransportOptions = {}) {
    const isSecure = address.kind === "tcp" && address.tls;
    this.address = formatAddress(address);
    this.#headers = headers;
    this.#agent = isSecure ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true });
    this.#begin = isSecure ? httpsRequest : httpRequest;
    // The engine ignores the host's name over a unix socket, but HTTP/1.1 requires one.
    this.#target = address.kind === "unix" ? { socketPath: address.path, host: "localhost" } : { host: address.host, port: address.port };
  }

  async send(request: HttpRequest, { signal }: { readonly signal?: AbortSignal } = {}): Promise<HttpResponse> {
    throwIfAborted(signal);
    if (this.#isClosed) throw unavailable(`cannot send to the engine at ${this.address}: the client is closed`);
    try {
      return await this.#exchange(request, signal);
    } catch (error) {
      // The engine closed a kept connection just as it was taken. Only for requests that may happen twice.
      const isRepeatable = request.method === "GET" || request.method === "HEAD";
      if (!isRepeatable || !isStaleConnection(error)) throw error;
      return this.#exchange(request, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#agent.destroy();
  }

  #exchange({ method, target, headers, body }: HttpRequest, signal: AbortSignal | undefined): Promise<HttpResponse> {
    const options = { ...this.#target, agent: this.#agent, method, path: target, headers: { ...this.#headers, ...headers } };
    return new Exchange(this.#begin(options), { address: this.address, signal }).run(body);
  }
}
