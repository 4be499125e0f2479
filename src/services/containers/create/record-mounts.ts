import type { MountPoint } from "#container-records";
import { bindSource } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import { makeVolume, mountsFrom } from "../volumes/container-volumes.ts";
import type { PlannedBind, PlannedMount, PlannedVolume } from "./planned-mount.ts";

/** How a container keeps what it will have mounted. @throws invalid-argument for a source that has to be there and is not. */
export async function recordMounts(
  deps: ContainerDeps,
  planned: readonly PlannedMount[],
  from: readonly string[],
): Promise<readonly MountPoint[]> {
  const asked = new Set(planned.filter(({ type }) => type !== "volume").map(({ target }) => target));
  // Before any volume is made that nobody would have.
  for (const mount of planned) if (mount.type === "bind" && !mount.isMadeIfMissing) await bindSource(mount.source, mount);
  const points: MountPoint[] = mountsFrom(deps, from).filter(({ destination }) => !asked.has(destination));
  const taken = new Set(points.map(({ destination }) => destination));
  for (const mount of planned) {
    if (taken.has(mount.target)) continue;
    if (mount.type === "bind") points.push(recordBind(mount));
    if (mount.type === "tmpfs") points.push({ ...placeOf(mount), type: "tmpfs", source: "", propagation: "" });
    if (mount.type === "volume") points.push(await recordVolume(deps, mount));
  }
  return points;
}

async function recordVolume(deps: ContainerDeps, planned: PlannedVolume): Promise<MountPoint> {
  const { name, path: source } = await makeVolume(deps);
  const { isLeftEmpty = false } = planned;
  return { ...placeOf(planned), type: "volume", name, source, driver: "local", propagation: "", isAnonymous: true, isLeftEmpty };
}

/** What may be made is made at the start: a container that is never started leaves nothing behind. */
function recordBind(bind: PlannedBind): MountPoint {
  const { source, propagation, isMadeIfMissing } = bind;
  return { ...placeOf(bind), type: "bind", source, propagation, isMadeIfMissing };
}

function placeOf({ target, mode, isWritable }: PlannedMount): Pick<MountPoint, "destination" | "mode" | "isWritable"> {
  return { destination: target, mode, isWritable };
}
