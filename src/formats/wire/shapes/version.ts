/** `GET /version`; not gated by version. */
export interface VersionJson {
  readonly Platform?: { readonly Name: string };
  /** `Engine` first. */
  readonly Components?: readonly VersionComponentJson[];
  readonly Version: string;
  /** The highest that is spoken. */
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
  readonly GitCommit: string;
  readonly GoVersion: string;
  readonly Os: string;
  /** Go's word: `amd64`, `arm64`. */
  readonly Arch: string;
  readonly KernelVersion?: string;
  /** Absent when false. */
  readonly Experimental?: boolean;
  /** RFC 3339. */
  readonly BuildTime?: string;
}

export interface VersionComponentJson {
  readonly Name: string;
  readonly Version: string;
  readonly Details?: Readonly<Record<string, string>>;
}
