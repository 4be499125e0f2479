import { invalidArgument, notImplemented } from "#errors";
import type { ContainerSettings, HostConfig } from "#oci";
import { cleanPath, parseTarget } from "./mount-path.ts";
import { parseBind } from "./parse-bind.ts";
import { parseMount } from "./parse-mount.ts";
import type { PlannedMount } from "./planned-mount.ts";

const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/**
 * What a container will have mounted: what was asked for, and a volume for each place that its image wants one at and
 * nobody asked for anything. File systems in memory of `Tmpfs` are not among them: Docker does not list them either.
 *
 * @throws invalid-argument, internal in Docker's words; not-implemented for volumes with names.
 */
export function planMounts(host: HostConfig, { Volumes: wanted = {} }: Pick<ContainerSettings, "Volumes">): readonly PlannedMount[] {
  const planned = [...(host.Binds ?? []).map(parseBind), ...(host.Mounts ?? []).map(parseMount)];
  const places = new Set<string>();
  for (const target of [...planned.map(({ target }) => target), ...Object.keys(host.Tmpfs ?? {}).map(parseTarget)]) {
    if (places.has(target)) throw invalidArgument(`Duplicate mount point: ${target}`);
    places.add(target);
  }
  for (const mount of planned) if (mount.type === "volume" && mount.name !== undefined) refuseName(mount.name);
  const { VolumeDriver: driver } = host;
  const targets = [...new Set(Object.keys(wanted).map(cleanPath))].filter((target) => !places.has(target)).sort();
  const all = [
    ...planned,
    ...targets.map((target): PlannedMount => ({ type: "volume", name: undefined, target, mode: "", isWritable: true })),
  ];
  if (driver !== "" && driver !== "local" && all.some(({ type }) => type === "volume")) {
    throw notImplemented(`the volume driver "${driver}" is not implemented by slipway: volumes are directories of its own`);
  }
  return all;
}

function refuseName(name: string): never {
  if (!VOLUME_NAME.test(name)) {
    throw invalidArgument(
      `create ${name}: ${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" ` +
        "are allowed. If you intended to pass a host directory, use absolute path",
    );
  }
  throw notImplemented(`the volume "${name}" is not implemented by slipway: volumes have no names yet; give a directory of the machine`);
}
