/** Element of `GET /images/search`. */
export interface ImageSearchJson {
  readonly star_count: number;
  readonly is_official: boolean;
  readonly name: string;
  /** Always false since 1.44. */
  readonly is_automated: boolean;
  readonly description: string;
}
