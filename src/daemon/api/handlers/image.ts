import { invalidArgument } from "#errors";
import type { Platform } from "#oci";
import { encodeAttestation } from "../encode/attestation.ts";
import { encodeHistory } from "../encode/image-history.ts";
import { encodeImageInspect } from "../encode/image-inspect.ts";
import { encodeRemoval } from "../encode/removal.ts";
import { empty, json } from "../http/answer.ts";
import type { WholeAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { isSince } from "../http/is-since.ts";

export async function inspectImage({ api, version, name, parameters }: Call): Promise<WholeAnswer> {
  const manifests = isSince(version, "1.48") && parameters.flag("manifests");
  const platform = isSince(version, "1.49") ? parameters.platform("platform") : undefined;
  if (manifests && platform !== undefined) throw invalidArgument("conflicting options: manifests and platform options cannot both be set");
  const detail = await api.engine.images.inspect(name, { manifests, ...given(platform) });
  return json(encodeImageInspect(detail, version));
}

export async function imageHistory({ api, version, name, parameters }: Call): Promise<WholeAnswer> {
  const platform = isSince(version, "1.48") ? parameters.platform("platform") : undefined;
  const history = await api.engine.images.history(name, given(platform));
  return json(history.map(encodeHistory));
}

export async function tagImage({ api, name, parameters }: Call): Promise<WholeAnswer> {
  const repository = parameters.text("repo");
  const tag = parameters.text("tag");
  // An accident of history that clients have learned to live with: nothing is done, and nothing is wrong.
  if (repository === "") return empty(200);
  await api.engine.images.tag(name, { repository, ...(tag !== "" && { tag }) });
  return empty(201);
}

export async function removeImage({ api, version, name, parameters }: Call): Promise<WholeAnswer> {
  const removals = await api.engine.images.remove(name, {
    force: parameters.flag("force"),
    keepParents: parameters.flag("noprune"),
    platforms: isSince(version, "1.50") ? parameters.platforms("platforms") : [],
  });
  return json(removals.map(encodeRemoval));
}

export async function imageAttestations({ api, name, parameters }: Call): Promise<WholeAnswer> {
  const platforms = parameters.list("platform");
  if (platforms.length > 1) throw invalidArgument("only one platform value is currently supported");
  const attestations = await api.engine.images.attestations(name, {
    ...given(parameters.platform("platform")),
    types: parameters.list("type"),
    statements: parameters.flag("statement"),
  });
  return json(attestations.map(encodeAttestation));
}

function given(platform: Platform | undefined): { readonly platform?: Platform } {
  return platform === undefined ? {} : { platform };
}
