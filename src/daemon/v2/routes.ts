import { getBlob, removeBlob } from "./handlers/blobs.ts";
import { listReferrers, listRepositories, listTags } from "./handlers/listings.ts";
import { getManifest, putManifest, removeManifest } from "./handlers/manifests.ts";
import { beginUpload, cancelUpload, continueUpload, finishUpload, uploadStatus } from "./handlers/uploads.ts";
import type { RegistryHandler } from "./registry-call.ts";
import { jsonReply } from "./reply.ts";

interface RegistryRoute {
  /** First the repository's name, then the item. */
  readonly path: RegExp;
  /** `HEAD` is a `GET` whose body stays behind. */
  readonly methods: Readonly<Record<string, RegistryHandler>>;
}

/** Earlier ones win. Names may contain every word of these paths, so each is read from its end. */
export const ROUTES: readonly RegistryRoute[] = [
  { path: /^\/v2\/?$/, methods: { GET: () => jsonReply({}) } },
  { path: /^\/v2\/_catalog$/, methods: { GET: listRepositories } },
  { path: /^\/v2\/(.+)\/tags\/list$/, methods: { GET: listTags } },
  { path: /^\/v2\/(.+)\/manifests\/([^/]+)$/, methods: { GET: getManifest, PUT: putManifest, DELETE: removeManifest } },
  { path: /^\/v2\/(.+)\/referrers\/([^/]+)$/, methods: { GET: listReferrers } },
  { path: /^\/v2\/(.+)\/blobs\/uploads\/?$/, methods: { POST: beginUpload } },
  {
    path: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    methods: { GET: uploadStatus, PATCH: continueUpload, PUT: finishUpload, DELETE: cancelUpload },
  },
  { path: /^\/v2\/(.+)\/blobs\/([^/]+)$/, methods: { GET: getBlob, DELETE: removeBlob } },
];
