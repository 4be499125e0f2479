/** What a build is asked for beyond its context. */
export interface CaseOptions {
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** By ID. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** By case; nothing for those that are not here. */
export const options: Readonly<Record<string, CaseOptions>> = {};
