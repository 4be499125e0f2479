import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Engine } from "#engine";
import { createRegistry } from "../../src/daemon/v2/index.ts";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface AskOptions {
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServedRegistry extends AsyncDisposable {
  readonly port: number;
  /** `GET /v2/` in two words; the path goes out as it is. */
  ask(methodAndPath: string, options?: AskOptions): Promise<Reply>;
  /** A request whose body is still to be written. */
  open(methodAndPath: string, headers?: Readonly<Record<string, string>>): ClientRequest;
  /** Warnings and errors that were logged. */
  readonly logged: string[];
}

/** The registry of an engine on a port of its own. Everything outside `/v2/` answers "elsewhere". */
export async function serveRegistry(engine: Pick<Engine, "distribution">, { allowRemoval = true } = {}): Promise<ServedRegistry> {
  const logged: string[] = [];
  const log = (message: string, fields: object = {}): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const listener = createRegistry(engine.distribution, { allowRemoval, logger: { warn: log, error: log } }, (_, response) =>
    response.end("elsewhere"),
  );
  const server = createServer({ shouldUpgradeCallback: () => false }, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  function open(methodAndPath: string, headers: Readonly<Record<string, string>> = {}): ClientRequest {
    const [method = "", path = ""] = methodAndPath.split(" ");
    return httpRequest({ host: "127.0.0.1", port, agent: false, method, path, headers });
  }
  return {
    port,
    logged,
    open,
    async ask(methodAndPath, { body, headers = {} } = {}) {
      const length = body === undefined ? {} : { "Content-Length": String(Buffer.from(body).byteLength) };
      const sent = open(methodAndPath, { ...length, ...headers });
      sent.end(body);
      return replyOf(sent);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

export async function replyOf(sent: ClientRequest): Promise<Reply> {
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}
