import { once } from "node:events";
import { createServer } from "node:http";
import type { Server, ServerOptions } from "node:http";
import type { Socket } from "node:net";
import { EngineError, conflict, forbidden, unavailable } from "#errors";
import { formatHost } from "../config/index.ts";
import type { Config, Host } from "../config/index.ts";
import type { Logger } from "../logger.ts";
import { openApiToken } from "./api-token.ts";
import { groupId } from "./group-id.ts";
import { InFlight } from "./in-flight.ts";
import { listenAtDescriptor } from "./passed-socket.ts";
import { refuseForeignPages, requireToken } from "./request-guard.ts";
import type { RequestListener } from "./request-guard.ts";
import { mutualTls } from "./tls-context.ts";
import { listenAtPath } from "./unix-socket.ts";

export type ListenConfig = Pick<Config, "hosts" | "group" | "tls" | "insecureLoopbackTcp" | "dataRoot">;

/** The open doors of the daemon. */
export interface Listeners {
  /** As bound: a port of 0 has become a real one. */
  readonly hosts: readonly Host[];
  /** The file with the token for plain TCP, when there is plain TCP. */
  readonly tokenFile: string | undefined;
  readonly requestsInFlight: number;
  /** Takes no new requests and removes the sockets' names; running requests go on. */
  close(): Promise<void>;
  /** After `close`: resolves when the last running request is answered or cut. */
  readonly answered: Promise<void>;
  /** Ends every connection now, answered or not. */
  cut(): void;
}

/**
 * Listens at every host of the configuration, or at none: a failure closes those already open.
 *
 * @throws conflict, forbidden, unavailable or invalid-argument, naming the host.
 */
export async function openListeners(
  config: ListenConfig,
  listener: RequestListener,
  { logger }: { readonly logger: Logger },
): Promise<Listeners> {
  const doors: Door[] = [];
  try {
    for (const host of config.hosts) doors.push(await openDoor(host, config, listener, logger));
  } catch (error) {
    for (const door of doors) {
      await door.close();
      door.cut();
    }
    throw error;
  }
  return {
    hosts: doors.map((door) => door.host),
    tokenFile: doors.find((door) => door.tokenFile !== undefined)?.tokenFile,
    get requestsInFlight() {
      return doors.reduce((sum, door) => sum + door.inFlight.count, 0);
    },
    close: async () => {
      await Promise.all(doors.map((door) => door.close()));
    },
    answered: Promise.all(doors.map((door) => door.inFlight.answered)).then(() => undefined),
    cut: () => {
      for (const door of doors) door.cut();
    },
  };
}

interface Door {
  readonly host: Host;
  readonly tokenFile: string | undefined;
  readonly inFlight: InFlight;
  close(): Promise<void>;
  cut(): void;
}

/**
 * Bodies of builds and loads may take hours, headers may not. Go's clients keep idle connections for 90 s and fail a
 * request that meets the server's close, so ours live longer. Headers get Go's limit: credentials for many registries
 * travel in one.
 */
const SERVER_OPTIONS: ServerOptions = {
  keepAliveTimeout: 120_000,
  headersTimeout: 60_000,
  requestTimeout: 0,
  maxHeaderSize: 1024 * 1024,
  // Requests with `Upgrade` are ordinary ones: otherwise Node would hand out their bodies as the head of a raw stream.
  shouldUpgradeCallback: () => false,
};

async function openDoor(host: Host, config: ListenConfig, listener: RequestListener, logger: Logger): Promise<Door> {
  const inFlight = new InFlight();
  const tracked = inFlight.track(listener);
  const { server, tokenFile } = await createDoorServer(host, config, tracked);
  server.on("clientError", answerClientError);
  server.on("tlsClientError", (error: Error) =>
    logger.debug("listen: TLS handshake failed", { host: formatHost(host), error: error.message }),
  );
  const bound = await bind(server, host, config);
  server.on("error", (error) => logger.error("listen: server error", { host: formatHost(host), error: error.message }));
  return {
    host: bound.host,
    tokenFile,
    inFlight,
    close: async () => {
      // The name goes first: a client meets a missing socket rather than one that refuses.
      await bound.removeName();
      server.close();
      inFlight.drain(server);
    },
    cut: () => server.closeAllConnections(),
  };
}

async function createDoorServer(
  host: Host,
  config: ListenConfig,
  listener: RequestListener,
): Promise<{ server: Server; tokenFile: string | undefined }> {
  if (host.kind !== "tcp") return { server: createServer(SERVER_OPTIONS, listener), tokenFile: undefined };
  if (config.tls !== undefined) {
    const { createServer: createTlsServer } = await import("node:https");
    const server = createTlsServer({ ...SERVER_OPTIONS, ...(await mutualTls(config.tls)) }, refuseForeignPages(listener));
    return { server, tokenFile: undefined };
  }
  // The configuration has refused this already; a second look costs nothing, a mistake would cost the machine.
  if (!config.insecureLoopbackTcp || !host.isLoopback)
    throw forbidden(`cannot listen on "${formatHost(host)}": plain TCP is not allowed there`);
  const { path, token } = await openApiToken(config.dataRoot);
  return { server: createServer(SERVER_OPTIONS, requireToken(listener, { token, address: host.address })), tokenFile: path };
}

async function bind(server: Server, host: Host, config: ListenConfig): Promise<{ host: Host; removeName: () => Promise<void> }> {
  try {
    switch (host.kind) {
      case "unix": {
        const gid = config.group === undefined ? undefined : await groupId(config.group);
        const name = await listenAtPath(server, host.path, { gid });
        return { host, removeName: async () => name[Symbol.asyncDispose]() };
      }
      case "fd":
        await listenAtDescriptor(server, host.descriptor);
        return { host, removeName: () => Promise.resolve() };
      case "tcp": {
        server.listen({ host: host.address, port: host.port });
        await once(server, "listening");
        const address = server.address();
        const port = typeof address === "object" && address !== null ? address.port : host.port;
        return { host: { ...host, port }, removeName: () => Promise.resolve() };
      }
    }
  } catch (error) {
    throw cannotListen(host, error);
  }
}

function cannotListen(host: Host, error: unknown): unknown {
  if (error instanceof EngineError || !(error instanceof Error)) return error;
  const refusal = `cannot listen on "${formatHost(host)}":`;
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return conflict(`${refusal} the address is in use`, { cause: error });
    case "EACCES":
    case "EPERM":
      return forbidden(`${refusal} permission denied`, { cause: error });
    default:
      return unavailable(`${refusal} ${error.message}`, { cause: error });
  }
}

/** As Go's server answers what is no HTTP; nothing of the request is repeated. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`);
}
