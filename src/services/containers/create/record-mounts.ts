import type { MountPoint } from "#container-records";
import { bindSource } from "#runtime";
import type { PlannedBind, PlannedMount } from "./planned-mount.ts";

/** How a container keeps what it will have mounted. @throws invalid-argument for a source that has to be there and is not. */
export async function recordMounts(planned: readonly PlannedMount[]): Promise<readonly MountPoint[]> {
  const points: MountPoint[] = [];
  for (const mount of planned) {
    if (mount.type === "bind") points.push(await recordBind(mount));
    if (mount.type === "tmpfs") points.push({ ...placeOf(mount), type: "tmpfs", source: "", propagation: "" });
  }
  return points;
}

async function recordBind(bind: PlannedBind): Promise<MountPoint> {
  const { source, propagation, isMadeIfMissing } = bind;
  // What may be made is made at the start: a container that is never started leaves nothing behind.
  if (!isMadeIfMissing) await bindSource(source, { isMadeIfMissing });
  return { ...placeOf(bind), type: "bind", source, propagation, isMadeIfMissing };
}

function placeOf({ target, mode, isWritable }: PlannedMount): Pick<MountPoint, "destination" | "mode" | "isWritable"> {
  return { destination: target, mode, isWritable };
}
