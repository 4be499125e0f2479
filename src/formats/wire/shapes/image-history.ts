/** Element of `GET /images/{name}/history`; newest first. */
export interface ImageHistoryJson {
  /** `<missing>` when no local image stands for the entry. */
  readonly Id: string;
  /** Unix seconds. */
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Tags: readonly string[] | null;
  /** Bytes that the entry's layer added; 0 for entries without one. */
  readonly Size: number;
  readonly Comment: string;
}
