import { algorithmOf, createDigester, isDigest } from "#oci";
import type { RegistryClient } from "../client.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import { failure } from "../failure.ts";
import { header } from "../transport/headers.ts";
import type { OperationOptions, StoredManifest } from "../types.ts";
import { manifestPath } from "./manifests.ts";
import { pushScope } from "./upload-session.ts";

export interface ManifestPut {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly tagOrDigest: string;
}

/** @throws internal when the registry stored something else than it was given. */
export async function putManifest(client: RegistryClient, put: ManifestPut, { signal }: OperationOptions): Promise<StoredManifest> {
  const { path, bytes, mediaType, tagOrDigest } = put;
  const digester = createDigester(isDigest(tagOrDigest) ? algorithmOf(tagOrDigest) : "sha256");
  digester.update(bytes);
  const digest = digester.digest();
  const plan = { operation: "store the manifest", capability: "push", patience: "request", signal } as const;
  const ask = async (endpoint: Endpoint): Promise<StoredManifest> => {
    const headers = { "content-type": mediaType, "content-length": String(bytes.byteLength) };
    const call = {
      ...plan,
      method: "PUT",
      path: manifestPath(path, tagOrDigest),
      scopes: [pushScope(path)],
      headers,
      body: () => bytes,
    } as const;
    const { response, asking } = await client.expect(endpoint, call, [201, 202, 204]);
    response.discard();
    const stored = header(response.headers, "docker-content-digest");
    if (stored !== undefined && isDigest(stored) && algorithmOf(stored) === algorithmOf(digest) && stored !== digest) {
      throw failure("internal", `cannot store the manifest: ${asking.host} stored ${stored}, expected ${digest}`, asking);
    }
    return {
      descriptor: { mediaType, digest, size: bytes.byteLength },
      hasReferrers: header(response.headers, "oci-subject") !== undefined,
    };
  };
  // A registry that keeps files may read one writer's manifest while another is half way through the same.
  return client.deps.turns(`${client.domain}/${path}@${digest}`, () => client.run(plan, ask));
}
