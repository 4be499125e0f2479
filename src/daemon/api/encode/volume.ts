import type { Volume } from "#containers";
import type { VolumeUsage } from "#engine";
import { tidyTime } from "./go-time.ts";

/** Docker's mark of a volume that came with a container. */
export const VOLUME_LABELS: Readonly<Record<string, string>> = { "com.docker.volume.anonymous": "" };

export function encodeVolume({ name, created, path }: Volume): Readonly<Record<string, unknown>> {
  return {
    CreatedAt: tidyTime(created.replace(/\.\d+Z$/, "Z")),
    Driver: "local",
    Labels: VOLUME_LABELS,
    Mountpoint: path,
    Name: name,
    Options: null,
    Scope: "local",
  };
}

export function encodeUsedVolume({ volume, users, size }: VolumeUsage): Readonly<Record<string, unknown>> {
  return { ...encodeVolume(volume), UsageData: { RefCount: users.length, Size: size } };
}
