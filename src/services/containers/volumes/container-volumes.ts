import type { ContainerRecord, MountPoint } from "#container-records";
import { conflict, invalidArgument, isEngineError } from "#errors";
import { makePlaces, openDirectory } from "#root-files";
import type { Volume } from "#volumes";
import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";

/** A volume, and who uses it. */
export interface ListedVolume {
  readonly volume: Volume;
  /** IDs of containers. */
  readonly users: readonly string[];
}

type VolumeDeps = Pick<ContainerDeps, "containers" | "volumes" | "events" | "warn">;

/** Of containers that were removed without their volumes, too. Oldest first. */
export function listVolumes(deps: ContainerDeps): readonly ListedVolume[] {
  return deps.volumes.list().map((volume) => ({ volume, users: usersOf(deps, volume.name) }));
}

/** @throws not-found. */
export function inspectVolume(deps: ContainerDeps, name: string): ListedVolume {
  return { volume: deps.volumes.get(name), users: usersOf(deps, name) };
}

/** @throws not-found; conflict when a container has it. */
export async function removeVolume(deps: VolumeDeps, name: string): Promise<void> {
  deps.volumes.get(name);
  const users = usersOf(deps, name);
  if (users.length > 0) throw conflict(`remove ${name}: volume is in use - [${users.join(", ")}]`);
  await deps.volumes.remove(name);
  deps.events.publish({ type: "volume", action: "destroy", actor: { id: name, attributes: { driver: "local" } } });
}

/** Removes those that no container has and that `isWanted` says; gives their names and the bytes that the disk gets back. */
export async function pruneVolumes(
  deps: ContainerDeps,
  isWanted: (volume: Volume) => boolean = () => true,
): Promise<{ readonly removed: readonly string[]; readonly reclaimed: number }> {
  const removed: string[] = [];
  let reclaimed = 0;
  for (const volume of deps.volumes.list().filter(isWanted)) {
    const size = await deps.volumes.size(volume);
    if (usersOf(deps, volume.name).length > 0) continue;
    await removeVolume(deps, volume.name);
    removed.push(volume.name);
    reclaimed += size;
  }
  deps.events.publish({ type: "volume", action: "prune", actor: { id: "", attributes: { reclaimed: String(reclaimed) } } });
  return { removed, reclaimed };
}

/** One of a container's own. */
export async function makeVolume(deps: ContainerDeps): Promise<Volume> {
  const volume = await deps.volumes.create(deps.now());
  deps.events.publish({ type: "volume", action: "create", actor: { id: volume.name, attributes: { driver: "local" } } });
  return volume;
}

/**
 * What a container gets of others, by `volumes-from`: `container[:ro|rw]`.
 *
 * @throws invalid-argument.
 */
export function mountsFrom(deps: ContainerDeps, from: readonly string[]): readonly MountPoint[] {
  return from.flatMap((text) => {
    const [name = "", mode = "", ...rest] = text.split(":");
    if (text === "") throw invalidArgument("volumes-from specification cannot be an empty string");
    if (name === "") throw invalidArgument(`malformed volumes-from specification: ${text}`);
    if (!["", "ro", "rw", "z", "Z"].includes(mode) || rest.length > 0) throw invalidArgument(`invalid mode: ${[mode, ...rest].join(":")}`);
    return mountsOf(deps, name)
      .filter(({ type }) => type !== "tmpfs")
      .map((mount) => ({ ...mount, mode, isWritable: mode === "ro" ? false : mount.isWritable, isAnonymous: false }));
  });
}

/** Docker takes a container that is not there for a fault of who asks. */
function mountsOf({ containers }: ContainerDeps, name: string): readonly MountPoint[] {
  try {
    return containers.get(name).record.mounts;
  } catch (error) {
    if (isEngineError(error, "not-found")) throw invalidArgument(error.message, { cause: error });
    throw error;
  }
}

/** Fills those that nobody has filled yet with what the image has in their place. Nothing may run on them yet. */
export async function fillVolumes(deps: ContainerDeps, { record }: Container, root: string): Promise<void> {
  const mounts = record.mounts.filter(({ type }) => type === "volume");
  const places = mounts.map(({ destination: target, source, isWritable }) => ({ target, source, isFile: false, isReadonly: !isWritable }));
  for (const { name = "", destination, isLeftEmpty = false } of mounts) {
    const volume = deps.volumes.get(name);
    await using source = isLeftEmpty ? undefined : await openDirectory(root, destination);
    await deps.volumes.fill(volume, source?.directory);
  }
  // As in Docker, they are there before the first start.
  await makePlaces(root, places);
}

/** When a container is removed with its volumes: its own, unless others have come to use them. */
export async function removeVolumesOf(deps: VolumeDeps, { mounts }: Pick<ContainerRecord, "mounts">): Promise<void> {
  for (const { name, isAnonymous = false } of mounts) {
    if (!isAnonymous || name === undefined || usersOf(deps, name).length > 0) continue;
    await removeVolume(deps, name).catch((error: unknown) => {
      // What removed it before was cut short, or somebody else was faster.
      if (!isEngineError(error, "not-found")) deps.warn(`cannot remove the volume ${name}: ${String(error)}`);
    });
  }
}

function usersOf({ containers }: VolumeDeps, volume: string): readonly string[] {
  const users = containers.all().filter(({ record }) => record.mounts.some(({ name }) => name === volume));
  return users.map(({ id }) => id);
}
