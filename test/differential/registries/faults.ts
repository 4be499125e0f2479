import type { HostileReply, HostileRequest, HostileScript } from "../../fixtures/hostile-registry.ts";

import { sha256 } from "../../workbench/index.ts";

import { imageOfFault, parcels } from "./contents.ts";
import { jsonOf, TYPES } from "./parcels.ts";

const JSON_TYPE = { "content-type": "application/json" };

interface Request {
  readonly method: string;
  readonly kind: "manifests" | "blobs" | "uploads" | "tags";
  readonly repository: string;
  readonly reference: string;
}

type Fault = (request: Request, reply: HostileReply, before: number) => void;

/** What goes wrong, by repository. */
const FAULTS: Readonly<Record<string, (origin: string) => Fault>> = {
  "f/denied": () => all(403, errors("DENIED", "not for you", { why: "policy" })),
  "f/forbidden": () => all(403, errors("DENIED", "requested access to the resource is denied")),
  "f/html": () => all(403, "<html>go away</html>", { "content-type": "text/html" }),
  "f/hidden": (origin) => bearer(origin, "insufficient_scope"),
  "f/wrong-token": (origin) => bearer(origin),
  "f/busy": () => all(429, errors("TOOMANYREQUESTS", "You have reached your pull rate limit.")),
  "f/busy-plain": () => all(429, "slow down", { "content-type": "text/plain" }),
  "f/down": () => all(500, "oops", { "content-type": "text/plain" }),
  "f/no-name": () => all(404, errors("NAME_UNKNOWN", "repository name not known to registry", { name: "f/no-name" })),
  "f/words": () => all(404, "404 page not found", { "content-type": "text/plain" }),
  "f/unknown-type": () => document("application/vnd.example.unknown+json", '{"schemaVersion":2}'),
  "f/schema1": () => document("application/vnd.docker.distribution.manifest.v1+prettyjws", '{"schemaVersion":1,"name":"f/schema1"}'),
  "f/no-json": () => document(TYPES.manifest, "this is no JSON"),
  "f/empty": () => document(TYPES.manifest, "{}"),
  "f/no-layer": () => serve({ blob: (reply) => reply.send(404, JSON_TYPE, errors("BLOB_UNKNOWN", "blob unknown to registry", {})) }),
  "f/no-config": () => serve({ config: (reply) => reply.send(404, JSON_TYPE, errors("BLOB_UNKNOWN", "blob unknown to registry", {})) }),
  "f/wrong-bytes": () => serve({ blob: (reply, bytes) => reply.send(200, {}, Buffer.alloc(bytes.length, "x")) }),
  "f/wrong-config": () => serve({ config: (reply, bytes) => reply.send(200, {}, Buffer.alloc(bytes.length, "x")) }),
  "f/wrong-manifest": () =>
    serve({ manifest: (reply, bytes) => reply.send(200, { "content-type": TYPES.manifest }, bytes.toString().replace("{", "{ ")) }),
  "f/busy-layer": () => serve({ blob: (reply) => reply.send(429, JSON_TYPE, errors("TOOMANYREQUESTS", "slow down")) }),
  "f/denied-layer": () => serve({ blob: (reply) => reply.send(403, JSON_TYPE, errors("DENIED", "not this layer", {})) }),
  "f/cut": () =>
    serve({
      blob: (reply, bytes, before) => {
        if (before === 0) reply.sendBroken(200, { "content-length": String(bytes.length) }, bytes.subarray(0, 1024));
        else reply.send(200, {}, bytes);
      },
    }),
  "f/refuses": () => refusePush(403, errors("DENIED", "requested access to the resource is denied", {})),
  "f/refuses-plainly": () => refusePush(403, errors("DENIED", "requested access to the resource is denied")),
  "f/push-busy": () => refusePush(429, errors("TOOMANYREQUESTS", "slow down")),
  "f/rejects": () => refuseManifests(400, errors("MANIFEST_INVALID", "manifest invalid", { reason: "policy" })),
};

/** A registry in which every repository has a fault of its own. */
export function faultyRegistry(origin: () => string): HostileScript {
  return (request, reply) => {
    const { pathname, searchParams } = new URL(request.path, "http://x");
    if (pathname === "/v2/") return reply.send(200, JSON_TYPE, "{}");
    if (pathname === "/token") return answerToken(request, reply);
    if (pathname === "/v1/search") return search(searchParams, reply);
    const parsed = parse(request, pathname);
    const fault = parsed && FAULTS[parsed.repository];
    if (parsed === undefined || fault === undefined) return reply.send(404, JSON_TYPE, errors("NAME_UNKNOWN", "no such repository", {}));
    fault(origin())(parsed, reply, request.before);
  };
}

function parse({ method }: HostileRequest, pathname: string): Request | undefined {
  const [, repository = "", kind = "", reference = ""] = /^\/v2\/(.+?)\/(manifests|blobs\/uploads|blobs|tags)\/(.*)$/.exec(pathname) ?? [];
  if (repository === "") return undefined;
  return { method, repository, kind: kind === "blobs/uploads" ? "uploads" : (kind as Request["kind"]), reference };
}

function errors(code: string, message: string, detail?: unknown): string {
  return JSON.stringify({ errors: [{ code, message, ...(detail !== undefined && { detail }) }] });
}

function all(status: number, body: string, headers: Readonly<Record<string, string>> = JSON_TYPE): Fault {
  return (_, reply) => reply.send(status, headers, body);
}

function document(type: string, body: string): Fault {
  return (_, reply) => sendDocument(reply, type, Buffer.from(body));
}

/** With its length for HEAD too. */
function sendDocument(reply: HostileReply, type: string, bytes: Buffer, headers: Readonly<Record<string, string>> = {}): void {
  reply.send(200, { "content-type": type, "content-length": String(bytes.length), ...headers }, bytes);
}

/** Tokens are given to whoever asks, and are not enough. */
function bearer(origin: string, error?: string): Fault {
  const challenge = `Bearer realm="${origin}/token",service="faulty"${error === undefined ? "" : `,error="${error}"`}`;
  return (_, reply) =>
    reply.send(
      401,
      { ...JSON_TYPE, "www-authenticate": challenge },
      errors("UNAUTHORIZED", "authentication required", [{ Type: "repository", Name: "f/hidden", Action: "pull" }]),
    );
}

function answerToken({ headers }: HostileRequest, reply: HostileReply): void {
  const isAnonymous = headers.authorization === undefined;
  if (isAnonymous) reply.send(200, JSON_TYPE, '{"token":"anonymous"}');
  else reply.send(401, JSON_TYPE, errors("UNAUTHORIZED", "incorrect username or password"));
}

interface Parts {
  readonly blob?: (reply: HostileReply, bytes: Buffer, before: number) => void;
  readonly config?: (reply: HostileReply, bytes: Buffer) => void;
  readonly manifest?: (reply: HostileReply, bytes: Buffer) => void;
}

/** An image of which one kind of part is not served as it should be. */
function serve(parts: Parts): Fault {
  return ({ method, kind, repository, reference }, reply, before) => {
    const { root, manifests, blobs } = imageOfFault(repository);
    const [manifest] = manifests;
    const [config, ...layers] = blobs;
    const top = layers.at(-1);
    if (kind === "manifests" && manifest !== undefined) {
      if (method === "GET" && parts.manifest !== undefined) return parts.manifest(reply, manifest.bytes);
      return sendDocument(reply, root.mediaType, manifest.bytes, { "docker-content-digest": root.digest });
    }
    const found = blobs.find((bytes) => sha256(bytes) === reference);
    if (found === undefined) return reply.send(404);
    if (found === config && parts.config !== undefined) return parts.config(reply, found);
    if (found === top && parts.blob !== undefined) return parts.blob(reply, found, before);
    return reply.send(200, {}, found);
  };
}

/** Knows no blob, and takes none. */
function refusePush(status: number, body: string, headers: Readonly<Record<string, string>> = JSON_TYPE): Fault {
  return ({ method }, reply) => (method === "POST" ? reply.send(status, headers, body) : reply.send(404));
}

/** Has every blob, and takes no manifest. */
function refuseManifests(status: number, body: string): Fault {
  return ({ kind, method, reference }, reply) => {
    if (kind === "manifests") return method === "PUT" ? reply.send(status, JSON_TYPE, body) : reply.send(404);
    const size = parcels.app.blobs.find((bytes) => sha256(bytes) === reference)?.length ?? 1;
    return reply.send(200, { "content-length": String(size) });
  };
}

function search(parameters: URLSearchParams, reply: HostileReply): void {
  const term = parameters.get("q") ?? "";
  if (term === "broken") return reply.send(200, JSON_TYPE, "this is no JSON");
  if (term === "down") return reply.send(503, {}, "later");
  const results = [
    {
      name: `library/${term}`,
      description: "The <official> one",
      star_count: 120,
      is_official: true,
      is_trusted: false,
      is_automated: false,
    },
    { name: `ada/${term}`, description: "", star_count: 3, is_official: false, is_trusted: true, is_automated: true },
  ];
  reply.send(200, JSON_TYPE, jsonOf({ query: term, num_results: 2, page_size: 25, page: 1, num_pages: 1, results }).toString());
}
