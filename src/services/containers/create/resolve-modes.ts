import { invalidArgument, isEngineError } from "#errors";
import type { HostConfig } from "#oci";
import type { ContainerSet } from "../container-set.ts";

const PREFIX = "container:";

/**
 * Writes down whom a container lives with by ID, which no renaming changes. Whose network it is may come later; of the
 * others Docker wants to know at once.
 *
 * @throws invalid-argument.
 */
export function resolveModes({ containers }: { readonly containers: ContainerSet }, host: HostConfig): HostConfig {
  return {
    ...host,
    NetworkMode: resolve(containers, host.NetworkMode) ?? host.NetworkMode,
    IpcMode: require(containers, host.IpcMode),
    PidMode: require(containers, host.PidMode),
  };
}

function require(containers: ContainerSet, mode: string): string {
  if (!mode.startsWith(PREFIX) || mode === PREFIX) return mode;
  const resolved = resolve(containers, mode);
  if (resolved === undefined) throw invalidArgument(`No such container: ${mode.slice(PREFIX.length)}`);
  return resolved;
}

function resolve(containers: ContainerSet, mode: string): string | undefined {
  if (!mode.startsWith(PREFIX)) return undefined;
  try {
    return `${PREFIX}${containers.get(mode.slice(PREFIX.length)).id}`;
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return undefined;
  }
}
