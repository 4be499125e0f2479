import { conflict, internal, invalidArgument, isEngineError, toEngineError, EngineError } from "#errors";
import type { JoinedContainer } from "#runtime";
import type { ContainerSet } from "../container-set.ts";
import type { Container } from "../container.ts";
import { notRunning } from "../errors.ts";

const PREFIX = "container:";

/** Whose namespace a mode like `container:<id>` means. */
export function joinedId(mode: string): string | undefined {
  return mode.startsWith(PREFIX) ? mode.slice(PREFIX.length) : undefined;
}

/** @throws in Docker's words when it does not run, or is not there. */
export function joinNetwork(containers: ContainerSet, id: string): JoinedContainer {
  const { record, process, folder } = donorOf(containers, id);
  if (process !== undefined) return { id: record.id, pid: process.pid, folder };
  throw conflict(`cannot join network namespace of a non running container: container ${record.name} is ${record.state.status}`);
}

/** Who lives in another's network is called what that one is called. */
export function joinNames(containers: ContainerSet, id: string): { readonly hostname: string; readonly domainname: string } {
  const { Hostname: hostname, Domainname: domainname } = donorOf(containers, id).record.config;
  return { hostname, domainname };
}

function donorOf(containers: ContainerSet, id: string): Container {
  try {
    return containers.get(id);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw internal(`joining network namespace of container: ${error.message}`, { cause: error });
  }
}

/** @throws in Docker's words when it does not run, or keeps its memory to itself. */
export function joinNamespace(containers: ContainerSet, id: string, kind: "IPC" | "PID"): JoinedContainer {
  try {
    const { record, process, folder } = containers.get(id);
    if (process === undefined) throw notRunning(record.id);
    if (kind === "IPC" && record.hostConfig.IpcMode !== "shareable") {
      throw invalidArgument(`container ${record.id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`);
    }
    return { id: record.id, pid: process.pid, folder };
  } catch (error) {
    const known = toEngineError(error);
    if (!isEngineError(known)) throw error;
    throw new EngineError(known.kind, `failed to join ${kind} namespace: ${known.message}`, { cause: error });
  }
}
