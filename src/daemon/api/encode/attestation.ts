import type { Attestation } from "#images";
import type { AttestationJson } from "#wire";
import { encodeDescriptor } from "./manifest-summary.ts";

/** `GET /images/{name}/attestations`. */
export function encodeAttestation({ descriptor, predicateType, statement }: Attestation): AttestationJson {
  return {
    Descriptor: encodeDescriptor(descriptor),
    PredicateType: predicateType,
    ...(statement !== undefined && { Statement: statement }),
  };
}
