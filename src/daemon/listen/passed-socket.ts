import { once } from "node:events";
import { readFileSync, readlinkSync } from "node:fs";
import type { Server } from "node:net";
import { invalidArgument } from "#errors";

/**
 * Listens at a socket that systemd opened. Only unix sockets: an Internet socket from a unit file would go around
 * the rules for TCP.
 */
export async function listenAtDescriptor(server: Server, descriptor: number): Promise<void> {
  if (!isListeningUnixSocket(descriptor)) {
    throw invalidArgument(`cannot listen on "fd://${descriptor}": descriptor ${descriptor} is not a listening unix socket`);
  }
  server.listen({ fd: descriptor });
  await once(server, "listening");
}

/** `SO_ACCEPTCON` in the flags column of `/proc/net/unix`. */
const LISTENING = "00010000";

function isListeningUnixSocket(descriptor: number): boolean {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1];
    if (inode === undefined) return false;
    return readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .some((columns) => columns[6] === inode && columns[3] === LISTENING);
  } catch (error) {
    if (["ENOENT", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
