/** An archive on disk and what loading it must leave behind. */
export interface CorpusArchive {
  readonly path: string;
  /** The tag of its first image. */
  readonly tag: string;
  /** `key=value` that every image in it bears, and no image outside the bench. */
  readonly label: string;
  readonly images: number;
}
