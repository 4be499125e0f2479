import { filters, get, post, remove } from "../step.ts";
import type { Query, Step } from "../step.ts";

import { ADA, signedIn } from "./pulling.ts";

/** The header is not optional in old versions. */
const ANONYMOUS = { headers: { "x-registry-auth": "e30=" } };

function push(name: string, repository: string, query: Query = {}, extra: Partial<Step> = ANONYMOUS): Step {
  return { ...post(`push: ${name}`, `/images/${repository}/push`, query), keep: "layers", ...extra };
}

function tag(repo: string, name: string): Step {
  return { ...post(`named: ${repo}:${name}`, "/images/{plain}/t/app:1/tag", { repo, tag: name }), keep: "status" };
}

const ELSEWHERE = ["{plain}/p/fresh", "{plain}/p/many", "{private}/p/app", "{absent}/p/app", "{unsafe}/p/app"];
const FAULTY = ["refuses", "refuses-plainly", "push-busy", "rejects", "hidden", "wrong-token"];
const NAMES = [...ELSEWHERE, ...FAULTY.map((name) => `{faulty}/f/${name}`)];

/** `POST /images/{name}/push`. */
export const pushing: readonly Step[] = [
  { ...post("named: pulled to be pushed", "/images/create", { fromImage: "{plain}/t/app", tag: "1" }), keep: "status", clock: "start" },
  { ...post("named: a tall one", "/images/create", { fromImage: "{plain}/t/tall", tag: "1" }), keep: "status" },
  ...NAMES.map((repository) => tag(repository, "1")),
  tag("{plain}/p/many", "2"),
  {
    ...post("named: a new repository for the tall one", "/images/{plain}/t/tall:1/tag", { repo: "{private}/p/tall", tag: "1" }),
    keep: "status",
  },
  push("to another repository of the registry", "{plain}/p/fresh", { tag: "1" }),
  push("again", "{plain}/p/fresh", { tag: "1" }),
  push("a tag in the name", "{plain}/p/fresh:1"),
  push("every tag", "{plain}/p/many"),
  push("to another registry", "{private}/p/app", { tag: "1" }, ADA),
  push("a tall image", "{private}/p/tall", { tag: "1" }, ADA),
  push("another name of what is there", "{plain}/t/app", { tag: "1" }),
  get("push: what it is known by then", "/images/{plain}/p/fresh:1/json", {}, { keep: "sorted" }),
  push("without credentials", "{private}/p/app", { tag: "1" }),
  push("with a wrong password", "{private}/p/app", { tag: "1" }, signedIn("ada", "wrong")),
  push("without the header", "{plain}/p/fresh", { tag: "1" }, {}),
  push("a header that is none", "{plain}/p/fresh", { tag: "1" }, { headers: { "x-registry-auth": "!!!" } }),
  push("an unknown image", "{plain}/p/none", { tag: "1" }),
  push("every tag of an unknown image", "{plain}/p/none"),
  push("an unknown tag", "{plain}/p/fresh", { tag: "none" }),
  push("a digest", "{plain}/t/app@{app}"),
  push("a tag that is none", "{plain}/p/fresh", { tag: "-1" }),
  push("capitals", "{plain}/P/Fresh", { tag: "1" }),
  push("where nobody listens", "{absent}/p/app", { tag: "1" }),
  push("without TLS where it is wanted", "{unsafe}/p/app", { tag: "1" }),
  push("denied, with a reason", "{faulty}/f/refuses", { tag: "1" }),
  push("hidden from the anonymous", "{faulty}/f/hidden", { tag: "1" }),
  push("a token refused", "{faulty}/f/wrong-token", { tag: "1" }, signedIn("ada", "wrong")),
  push("a manifest that is rejected", "{faulty}/f/rejects", { tag: "1" }),
  push("of this platform", "{plain}/p/fresh", { tag: "1", platform: '{"os":"linux","architecture":"amd64"}' }),
  push("of another platform", "{plain}/p/fresh", { tag: "1", platform: '{"os":"linux","architecture":"arm64"}' }),
  push("of a platform that is none", "{plain}/p/fresh", { tag: "1", platform: "linux/amd64" }),
  get("told: pushes", "/events", { since: "{start}", until: "{end}", ...filters({ event: ["push"] }) }, { clock: "end" }),
];

/** Whoever was refused is asked again, which takes a minute; heard once. */
export const pushingAgain: readonly Step[] = [
  push("denied", "{faulty}/f/refuses-plainly", { tag: "1" }),
  push("a rate limit", "{faulty}/f/push-busy", { tag: "1" }),
];

export const pushedAway: readonly Step[] = [
  ...[...NAMES.map((name) => `${name}:1`), "{plain}/p/many:2", "{private}/p/tall:1", "{plain}/t/tall:1", "{plain}/t/app:1"].map(
    (name): Step => ({ ...remove(`gone: ${name} once pushed`, `/images/${name}`), keep: "status" }),
  ),
  { ...post("gone: all digests", "/images/prune", { filters: '{"dangling":["false"]}' }), keep: "status", prefix: "raw" },
];
