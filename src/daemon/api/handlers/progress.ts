import { compareApiVersions, formatProgress } from "#wire";
import type { ProgressDetailJson, ProgressJson } from "#wire";

export interface Amount {
  readonly current: number;
  readonly total: number | undefined;
}

/** Up to 1.51, the last version of engine 28, the bar is drawn here; later clients draw it themselves. */
export function withProgress(message: ProgressJson, { current, total = 0 }: Amount, version: string): ProgressJson {
  const progressDetail: ProgressDetailJson = { ...(current > 0 && { current }), ...(total > 0 && { total }) };
  const isDrawn = compareApiVersions(version, "1.52") < 0;
  return { ...message, progressDetail, ...(isDrawn && { progress: formatProgress(progressDetail) }) };
}
