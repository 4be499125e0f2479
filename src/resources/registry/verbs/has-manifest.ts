import type { Digest } from "#oci";
import type { RegistryClient } from "../client.ts";
import { header } from "../transport/headers.ts";
import type { HasManifestOptions, OperationOptions } from "../types.ts";
import { headOf } from "./manifests.ts";
import { pushScope } from "./upload-session.ts";

/**
 * Asked of the registry itself before something is stored there, as `hasBlob` is: what a mirror has does not count, and
 * every answer but yes is no, because storing then learns the reason.
 */
export async function hasManifest(
  client: RegistryClient,
  path: string,
  digest: Digest,
  { signal, tag }: HasManifestOptions,
): Promise<boolean> {
  const plan = { operation: "look for the manifest", capability: "push", patience: "request", signal } as const;
  return client.run(plan, async (endpoint) => {
    const { response } = await client.ask(endpoint, { ...plan, ...headOf(path, tag ?? digest), scopes: [pushScope(path)] });
    response.discard();
    if (response.status !== 200) return false;
    const named = header(response.headers, "docker-content-digest");
    return named === digest || (named === undefined && tag === undefined);
  });
}

/** What a tag stands for at the registry itself; `undefined` when there is no such tag or the registry does not tell. */
export async function findTag(
  client: RegistryClient,
  path: string,
  tag: string,
  { signal }: OperationOptions,
): Promise<string | undefined> {
  const plan = { operation: "look for the manifest", capability: "push", patience: "request", signal } as const;
  return client.run(plan, async (endpoint) => {
    const { response } = await client.ask(endpoint, { ...plan, ...headOf(path, tag), scopes: [pushScope(path)] });
    response.discard();
    return response.status === 200 ? header(response.headers, "docker-content-digest") : undefined;
  });
}
