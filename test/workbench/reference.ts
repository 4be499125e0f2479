import { isReachable } from "./http.ts";

/** Root of the reference engines' own Debian tree, where their sockets lie. */
const ROOT = process.env["SLIPWAY_REFERENCE_ROOT"] ?? "/var/tmp/reference-engine";

/** A socket of a live engine to compare with, or `undefined` when that engine does not run here. */
export async function reference(name: "dockerd" | "containerd" | "podman"): Promise<string | undefined> {
  const socket = `${ROOT}/run/ref-${name}.sock`;
  return (await isReachable(socket)) ? socket : undefined;
}
