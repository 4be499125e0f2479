import { parseRepository } from "#distribution";
import { MEDIA_TYPE } from "#oci";
import { firstValue } from "#wire";
import { linkToNext, readPage } from "../page.ts";
import type { RegistryCall } from "../registry-call.ts";
import { jsonReply } from "../reply.ts";
import type { Reply } from "../reply.ts";
import { readDigest } from "./digests.ts";

export function listRepositories({ distribution, query }: RegistryCall): Reply {
  const page = readPage(query);
  const listed = distribution.repositories(page);
  return jsonReply({ repositories: listed.entries }, linkToNext("/v2/_catalog", page, listed));
}

export function listTags({ distribution, name, query }: RegistryCall): Reply {
  const page = readPage(query);
  const listed = distribution.tags(parseRepository(name), page);
  return jsonReply({ name, tags: listed.entries }, linkToNext(`/v2/${name}/tags/list`, page, listed));
}

export function listReferrers({ distribution, name, item, query }: RegistryCall): Reply {
  const subject = readDigest(item);
  const page = readPage(query);
  const artifactType = firstValue(query, "artifactType");
  const listed = distribution.referrers(parseRepository(name), subject, { ...page, artifactType });
  const filters = artifactType === undefined ? {} : { artifactType };
  return jsonReply(
    { schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests: listed.entries },
    {
      "Content-Type": MEDIA_TYPE.ociIndex,
      ...(artifactType !== undefined && { "OCI-Filters-Applied": "artifactType" }),
      ...linkToNext(`/v2/${name}/referrers/${subject}`, page, listed, filters),
    },
  );
}
