/** One line of `GET /events`. */
export interface EventJson {
  /** Below 1.52, image and container events: the same as `Action`. */
  readonly status?: string;
  /** Below 1.52: the same as `Actor.ID`; absent when that is empty. */
  readonly id?: string;
  /** Below 1.52, container events: the image. */
  readonly from?: string;
  /** `image`, `container`, `builder`, … */
  readonly Type: string;
  /** `tag`, `untag`, `delete`, `load`, `import`, `save`, `pull`, `push`, `prune`, `create` (since 1.46), … */
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly scope: "local" | "swarm";
  /** Unix seconds. */
  readonly time: number;
  /** Unix nanoseconds; beyond 2⁵³, so the last digits are lost in a `number`. */
  readonly timeNano: number;
}
