/**
 * How a container of the image starts: `Config` of inspect.
 * Up to 1.49 all members but the last five are there, empty if need be; 1.50 drops those of containers
 * (`Hostname` … `Image`); since 1.52 a member is there only when it is set.
 */
export interface ImageConfigJson {
  readonly Hostname?: string;
  readonly Domainname?: string;
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly Tty?: boolean;
  readonly OpenStdin?: boolean;
  readonly StdinOnce?: boolean;
  readonly Image?: string;
  readonly User?: string;
  readonly Env?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Volumes?: Readonly<Record<string, object>> | null;
  readonly WorkingDir?: string;
  readonly Entrypoint?: readonly string[] | null;
  readonly OnBuild?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  /** Only when set, in every version; so are the members below. */
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Healthcheck?: HealthcheckJson;
  readonly ArgsEscaped?: boolean;
  readonly StopSignal?: string;
  readonly Shell?: readonly string[];
}

/** Durations in nanoseconds; zero members are absent. */
export interface HealthcheckJson {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}
