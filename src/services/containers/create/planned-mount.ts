/** What a container will have mounted, before volumes are made for it. */
export type PlannedMount = PlannedBind | PlannedVolume | PlannedTmpfs;

interface Place {
  readonly target: string;
  /** As it was written behind the last colon. */
  readonly mode: string;
  readonly isWritable: boolean;
}

export interface PlannedBind extends Place {
  readonly type: "bind";
  readonly source: string;
  readonly propagation: string;
  /** At the start, as a directory; otherwise it has to be there already. */
  readonly isMadeIfMissing: boolean;
}

export interface PlannedVolume extends Place {
  readonly type: "volume";
  /** Undefined: one of its own. */
  readonly name: string | undefined;
  /** It does not begin with what the image has in its place. */
  readonly isLeftEmpty?: boolean;
}

export interface PlannedTmpfs extends Place {
  readonly type: "tmpfs";
}
