import { timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";

/** SOCKS 5 (RFC 1928) with a password (RFC 1929), as much of it as a client that asks to be connected needs. */

export interface Destination {
  /** A name or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

const ANY_ADDRESS = [1, 0, 0, 0, 0, 0, 0];
export const SOCKS_GRANTED = Buffer.from([5, 0, 0, ...ANY_ADDRESS]);
export const SOCKS_REFUSED = Buffer.from([5, 2, 0, ...ANY_ADDRESS]);

/** Reads and answers everything up to the wish, which is left to be answered. @throws when the client speaks otherwise. */
export async function readSocksRequest(socket: Socket, password: string): Promise<Destination> {
  const [version, methods = 0] = await readBytes(socket, 2);
  const offered = await readBytes(socket, methods);
  if (version !== 5 || !offered.includes(2)) throw new Error("expected SOCKS 5 with a password");
  socket.write(Buffer.from([5, 2]));
  const [, userLength = 0] = await readBytes(socket, 2);
  await readBytes(socket, userLength);
  const [passwordLength = 0] = await readBytes(socket, 1);
  const given = await readBytes(socket, passwordLength);
  const isRight = given.byteLength === password.length && timingSafeEqual(given, Buffer.from(password));
  socket.write(Buffer.from([1, isRight ? 0 : 1]));
  if (!isRight) throw new Error("wrong password");
  const [, command, , kind] = await readBytes(socket, 4);
  if (command !== 1) throw new Error("expected a wish to be connected");
  const host = await readHost(socket, kind);
  const port = await readBytes(socket, 2);
  return { host, port: port.readUInt16BE() };
}

async function readHost(socket: Socket, kind: number | undefined): Promise<string> {
  if (kind === 1) return (await readBytes(socket, 4)).join(".");
  if (kind === 4) return (await readBytes(socket, 16)).toString("hex").match(/.{4}/g)?.join(":") ?? "";
  if (kind !== 3) throw new Error("unknown kind of address");
  const [length = 0] = await readBytes(socket, 1);
  const host = (await readBytes(socket, length)).toString("latin1");
  if (!/^[\w.:-]+$/.test(host)) throw new Error("not the name of a host");
  return host;
}

async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  if (count === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes = socket.read(count) as Buffer | null;
    if (bytes?.byteLength === count) return bytes;
    if (bytes !== null || socket.readableEnded || socket.destroyed) throw new Error("the client is gone");
    await once(socket, "readable");
  }
}
