import type { Digest, Platform } from "#oci";
import type { RegistryCredentials } from "#registry";

export interface CopyRequest {
  /** `[host[:port]/]path[:tag][@digest]`; without tag and digest `latest`. */
  readonly from: string;
  /** The same form, at any registry. With a digest it has to be the one that is copied, and without a tag none is set. */
  readonly to: string;
  /** Every tag of the source, under the same tags; both names are repositories then. */
  readonly allTags?: boolean;
  /** The one manifest for this platform instead of the index. */
  readonly platform?: Platform;
  /** Signatures, SBOMs and attestations that refer to what is copied, and what refers to them; by default true. */
  readonly referrers?: boolean;
  /** By registry, `host[:port][/path]`: one account for both sides would tell each of them the other's secret. */
  readonly credentials?: ReadonlyMap<string, RegistryCredentials>;
}

export type CopySide = "source" | "target";

/** What a copy says on its way. Sizes are in bytes. */
export type CopyEvent =
  | { readonly type: "copying"; readonly from: string; readonly to: string; readonly digest: Digest }
  | { readonly type: "blob"; readonly digest: Digest; readonly state: CopiedBlob }
  /** `subject`: what it refers to, when it is a referrer. */
  | { readonly type: "manifest"; readonly digest: Digest; readonly isNew: boolean; readonly subject?: Digest }
  /** Listed by the source as a referrer, and not there. */
  | { readonly type: "missing-referrer"; readonly digest: Digest; readonly subject: Digest }
  /** All of it is there; `name` without a tag where only a digest was wanted. */
  | { readonly type: "copied"; readonly name: string; readonly digest: Digest; readonly size: number }
  /** `transferred`: of blobs, through this process. */
  | { readonly type: "done"; readonly transferred: number };

/** Where a blob is on its way. */
export type CopiedBlob =
  | { readonly step: "waits" | "exists" | "copied" }
  /** Not for registries: whoever runs the image has it from elsewhere. */
  | { readonly step: "foreign" }
  /** From another repository of the same registry, which moved no byte. */
  | { readonly step: "mounted"; readonly from: string }
  | { readonly step: "copying"; readonly current: number; readonly total: number }
  | { readonly step: "retrying"; readonly side: CopySide; readonly seconds: number };
