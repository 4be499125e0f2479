/** OCI image-spec, descriptor.md, as JSON: strings are unchecked. */
export interface DescriptorJson {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly platform?: PlatformJson;
}

/** OCI image-spec, platform.md; also what `platform` and `platforms` parameters hold, encoded as JSON. */
export interface PlatformJson {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}
