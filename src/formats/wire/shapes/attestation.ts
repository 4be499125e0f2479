import type { DescriptorJson } from "./descriptor.ts";

/** Element of `GET /images/{name}/attestations` (1.55). */
export interface AttestationJson {
  /** The blob that holds the statement. */
  readonly Descriptor: DescriptorJson;
  /** A URI: `https://slsa.dev/provenance/v0.2`. */
  readonly PredicateType: string;
  /** The in-toto statement, when it was asked for. */
  readonly Statement?: unknown;
}
