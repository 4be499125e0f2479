import { isReachable } from "./http.ts";

/** Root of the reference engines' own Debian tree, where their sockets and tools lie. */
const ROOT = process.env["SLIPWAY_REFERENCE_ROOT"] ?? "/var/tmp/reference-engine";

/** A socket of a live engine to compare with, or `undefined` when that engine does not run here. */
export async function reference(name: "dockerd" | "containerd" | "podman"): Promise<string | undefined> {
  const socket = `${ROOT}/run/ref-${name}.sock`;
  return (await isReachable(socket)) ? socket : undefined;
}

/** Command and first arguments that run a tool of the reference tree. */
export function referenceTool(name: string): readonly [command: string, ...args: string[]] {
  return ["chroot", ROOT, name];
}
