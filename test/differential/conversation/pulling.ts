import { filters, get, post, remove } from "../step.ts";
import type { Query, Step } from "../step.ts";

/** As clients send credentials. */
export function signedIn(username: string, password: string, more: object = {}): { readonly headers: Readonly<Record<string, string>> } {
  const json = JSON.stringify({ username, password, ...more });
  return { headers: { "x-registry-auth": Buffer.from(json).toString("base64").replaceAll("+", "-").replaceAll("/", "_") } };
}

export const ADA = signedIn("ada", "correct horse");

function pull(name: string, fromImage: string, query: Query = {}, extra: Partial<Step> = {}): Step {
  return { ...post(`pull: ${name}`, "/images/create", { fromImage, ...query }), keep: "layers", ...extra };
}

function drop(name: string): Step {
  return { ...remove(`gone: ${name}`, `/images/${name}`, { force: "1" }), keep: "status" };
}

/** Layers that the engine has would not be fetched. */
const EVERYTHING_GONE: Step = {
  ...post("gone: everything before the failures", "/images/prune", { filters: '{"dangling":["false"]}' }),
  keep: "status",
  prefix: "raw",
};

/** `POST /images/create` of registries that work. */
export const pulling: readonly Step[] = [
  pull("a tag", "{plain}/t/app", { tag: "1" }, { clock: "start" }),
  get("pull: what a tag brought", "/images/{plain}/t/app:1/json"),
  pull("a tag that is here", "{plain}/t/app", { tag: "1" }),
  pull("a tag in the name", "{plain}/t/app:1"),
  pull("a tag that shares a layer", "{plain}/t/app", { tag: "2" }),
  pull("the same image from elsewhere", "{plain}/t/same", { tag: "1" }),
  pull("by digest, of what is here", "{plain}/t/app@{app}"),
  pull("by digest and tag", "{plain}/t/app:1@{app}"),
  pull("by a digest as tag", "{plain}/t/app", { tag: "{app}" }),
  get("pull: a list of what came", "/images/json", {}, { keep: "sorted" }),
  drop("{plain}/t/app:1"),
  drop("{plain}/t/app:2"),
  drop("{plain}/t/same:1"),
  drop("{plain}/t/app@{app}"),
  pull("by digest", "{plain}/t/app@{app}"),
  get("pull: a list of what came by digest", "/images/json", {}, { keep: "sorted" }),
  drop("{plain}/t/app@{app}"),
  pull("every tag", "{plain}/t/app"),
  pull("every tag again", "{plain}/t/app"),
  drop("{plain}/t/app:1"),
  drop("{plain}/t/app:2"),
  pull("a tall image", "{plain}/t/tall", { tag: "1" }),
  drop("{plain}/t/tall:1"),
  pull("an OCI image", "{plain}/t/oci", { tag: "1" }),
  drop("{plain}/t/oci:1"),
  pull("an image without layers", "{plain}/t/bare", { tag: "1" }),
  drop("{plain}/t/bare:1"),
  pull("from a private registry", "{private}/t/app", { tag: "1" }, ADA),
  pull("from a private registry, without credentials", "{private}/t/app", { tag: "1" }),
  pull("from a private registry, with a wrong password", "{private}/t/app", { tag: "1" }, signedIn("ada", "wrong")),
  pull(
    "from a private registry, with credentials of another",
    "{private}/t/app",
    { tag: "1" },
    signedIn("ada", "correct horse", { serveraddress: "other.example" }),
  ),
  pull("every tag of a private registry, without credentials", "{private}/t/app"),
  pull("with a header that is none", "{plain}/t/app", { tag: "1" }, { headers: { "x-registry-auth": "!!!" } }),
  drop("{private}/t/app:1"),
  drop("{plain}/t/app:1"),
];

/** Which platform comes. */
export const pullingPlatforms: readonly Step[] = [
  pull("an index", "{plain}/t/multi", { tag: "1" }),
  get("pull: what an index brought", "/images/{plain}/t/multi:1/json", {}, { keep: "sorted" }),
  pull("an index that is here", "{plain}/t/multi", { tag: "1" }),
  pull("another platform of an index", "{plain}/t/multi", { tag: "1", platform: "linux/arm64" }),
  pull("a platform that an index lacks", "{plain}/t/multi", { tag: "1", platform: "linux/s390x" }),
  pull("a platform that is none", "{plain}/t/multi", { tag: "1", platform: "a/b/c/d" }),
  drop("{plain}/t/multi:1"),
  pull("an index without this platform", "{plain}/t/foreign", { tag: "1" }),
  pull("an index within an index", "{plain}/t/nested", { tag: "1" }),
  drop("{plain}/t/nested:1"),
  pull("an index with attestations", "{plain}/t/attested", { tag: "1" }),
  get("pull: what an index with attestations brought", "/images/{plain}/t/attested:1/json", { manifests: "1" }, { keep: "sorted" }),
  drop("{plain}/t/attested:1"),
  pull("an image of another platform", "{plain}/t/arm", { tag: "1" }),
  pull("an image of another platform than asked for", "{plain}/t/arm", { tag: "1", platform: "linux/amd64" }),
  drop("{plain}/t/arm:1"),
  pull("an image of another system", "{plain}/t/windows", { tag: "1" }),
  drop("{plain}/t/windows:1"),
];

/** What cannot be pulled. */
export const pullFailures: readonly Step[] = [
  EVERYTHING_GONE,
  pull("an unknown tag", "{plain}/t/app", { tag: "none" }),
  pull("an unknown digest", "{plain}/t/app@sha256:{zeros}"),
  pull("an unknown repository", "{plain}/t/none", { tag: "1" }),
  pull("every tag of an unknown repository", "{plain}/t/none"),
  pull("capitals", "{plain}/T/App", { tag: "1" }),
  pull("a tag that is none", "{plain}/t/app", { tag: "-1" }),
  pull("a digest that is too short", "{plain}/t/app@sha256:123"),
  pull("no name", ""),
  pull("scratch", "scratch"),
  pull("scratch with a tag", "scratch", { tag: "1" }),
  pull("a name of hexadecimal digits", "{zeros}"),
  pull("a chart", "{plain}/t/helm", { tag: "1" }),
  pull("an artifact", "{plain}/t/artifact", { tag: "1" }),
  pull("layers in the wrong order", "{plain}/t/wrong-diff", { tag: "1" }),
  pull("more layers than the config says", "{plain}/t/too-few", { tag: "1" }),
  pull("a layer that is no archive", "{plain}/t/no-tar", { tag: "1" }),
  pull("where nobody listens", "{absent}/t/app", { tag: "1" }),
  pull("every tag where nobody listens", "{absent}/t/app"),
  pull("without TLS where it is wanted", "{unsafe}/t/app", { tag: "1" }),
  ...[
    ["denied, with a reason", "denied"],
    ["denied", "forbidden"],
    ["denied by a page", "html"],
    ["hidden from the anonymous", "hidden"],
    ["a rate limit", "busy"],
    ["a rate limit in plain words", "busy-plain"],
    ["a repository unknown by code", "no-name"],
    ["a 404 in plain words", "words"],
    ["a manifest of an unknown type", "unknown-type"],
    ["a manifest of schema 1", "schema1"],
    ["a manifest that is no JSON", "no-json"],
    ["a manifest of nothing", "empty"],
    ["no such layer", "no-layer"],
    ["no such config", "no-config"],
    ["a layer of other bytes", "wrong-bytes"],
    ["a config of other bytes", "wrong-config"],
    ["a manifest of other bytes", "wrong-manifest"],
    ["a rate limit on a layer", "busy-layer"],
    ["a layer that is denied", "denied-layer"],
    ["a registry that is down", "down"],
  ].map(([name = "", repository]) => pull(name, `{faulty}/f/${repository}`, { tag: "1" })),
  pull("every tag under a rate limit", "{faulty}/f/busy"),
  pull("hidden, with a wrong password", "{faulty}/f/wrong-token", { tag: "1" }, signedIn("ada", "wrong")),
];

/** The wait before another attempt takes seconds, so it is heard once. */
export const pullingAgain: readonly Step[] = [pull("a layer that breaks off", "{faulty}/f/cut", { tag: "1" }), drop("{faulty}/f/cut:1")];

export const pulledEvents: readonly Step[] = [
  get("told: pulls", "/events", { since: "{start}", until: "{end}", ...filters({ event: ["pull"] }) }, { clock: "end" }),
];
