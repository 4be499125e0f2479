import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "#engine";
import { createApi } from "../../src/daemon/api/index.ts";
import type { ApiOptions } from "../../src/daemon/api/index.ts";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface RequestOptions {
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServedApi extends AsyncDisposable {
  readonly socketPath: string;
  /** `GET /images/json` in two words; the whole reply. */
  ask(methodAndPath: string, options?: RequestOptions): Promise<Reply>;
  /** The reply as it begins, its body unread. */
  open(methodAndPath: string, options?: RequestOptions): Promise<IncomingMessage>;
  /** Bytes as they are; resolves with everything that came back when the server closed the connection. */
  raw(bytes: string): Promise<string>;
  connect(): Promise<Socket>;
  /** Warnings and errors that were logged. */
  readonly logged: string[];
}

export const HOST = {
  hostname: "harbour",
  kernelVersion: "6.12.0",
  operatingSystem: "Test GNU/Linux 1",
  osVersion: "1",
  os: "linux",
  architecture: "amd64",
  machine: "x86_64",
  cpus: 4,
  memory: 8_000_000_000,
  cgroupVersion: "2",
} as const;

/** A request line as a client would send it: readable JSON is escaped, escapes stay. */
export function escaped(line: string): string {
  const [method, ...target] = line.split(" ");
  return `${method} ${encodeURI(target.join(" ")).replaceAll("%25", "%")}`;
}

/** The API on a unix socket of its own. */
export async function serveApi(engine: Engine, options: Partial<ApiOptions> = {}): Promise<ServedApi> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-api-"));
  const socketPath = join(folder, "s.sock");
  const logged: string[] = [];
  const log = (message: string, fields: object = {}): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: () => undefined, warn: log, error: log };
  const listener = createApi(engine, { version: "1.2.3", host: HOST, logger, ...options });
  const server = createServer({ maxHeaderSize: 64 * 1024, shouldUpgradeCallback: () => false }, listener);
  server.listen(socketPath);
  await once(server, "listening");
  async function open(methodAndPath: string, { body, headers = {} }: RequestOptions = {}): Promise<IncomingMessage> {
    const [method, path] = methodAndPath.split(" ");
    const request = httpRequest({ socketPath, agent: false, method: method ?? "", path: path ?? "", headers });
    const response = once(request, "response") as Promise<[IncomingMessage]>;
    if (body === undefined || typeof body === "string" || body instanceof Uint8Array) request.end(body);
    // An answer may come before the body is sent; what then becomes of the rest is its own affair.
    else send(request, body).catch((error: unknown) => request.destroy(error instanceof Error ? error : undefined));
    return (await response)[0];
  }
  async function dial(): Promise<Socket> {
    const socket = connect(socketPath);
    await once(socket, "connect");
    return socket;
  }
  return {
    socketPath,
    logged,
    open,
    async ask(methodAndPath, requestOptions) {
      const response = await open(methodAndPath, requestOptions);
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      return { status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString("utf8") };
    },
    async raw(bytes) {
      const socket = await dial();
      let text = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      socket.on("error", () => undefined);
      socket.write(bytes, "latin1");
      // Not `once()`: what could not be written any more is no reason to forget what was read.
      await new Promise((resolve) => socket.once("close", resolve));
      return text;
    },
    connect: dial,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true });
    },
  };
}

async function send(request: NodeJS.WritableStream, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of body) {
    if (!request.write(chunk)) await once(request, "drain");
  }
  request.end();
}
