import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createSocketServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "#sdk";
import type { Client } from "#sdk";

export interface StandInServer extends AsyncDisposable {
  readonly host: string;
  connections: number;
}

/** An engine of one answer, on a unix socket. */
export async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void,
): Promise<StandInServer> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-sdk-"));
  const server = createServer((request, response) => void listener(request, response));
  server.listen(join(folder, "s"));
  await once(server, "listening");
  const standIn: StandInServer = {
    host: `unix://${join(folder, "s")}`,
    connections: 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
  server.on("connection", () => (standIn.connections += 1));
  return standIn;
}

/** An engine that speaks bytes: for answers that no HTTP library would write. */
export async function serveBytes(onRequest: (socket: Socket) => void): Promise<{ readonly host: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-sdk-"));
  const sockets = new Set<Socket>();
  const server = createSocketServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => onRequest(socket));
  });
  server.listen(join(folder, "s"));
  await once(server, "listening");
  return {
    host: `unix://${join(folder, "s")}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A client that asks nothing before the first call. */
export function open(engine: { readonly host: string }): Promise<Client> {
  return connect({ host: engine.host, apiVersion: "1.51" });
}
