import { get } from "../step.ts";
import type { Query, Step } from "../step.ts";

const AMD64 = '{"os":"linux","architecture":"amd64"}';
const ARM64 = '{"os":"linux","architecture":"arm64"}';

function inspect(what: string, name: string, query: Query = {}): Step {
  return get(`inspect: ${what}`, `/images/${name}/json`, query);
}

function history(what: string, name: string, query: Query = {}): Step {
  return get(`history: ${what}`, `/images/${name}/history`, query);
}

/** Names that every endpoint resolves in the same way, and what comes of them. */
const NAMES: readonly (readonly [what: string, name: string])[] = [
  ["name and tag", "alpha:1"],
  ["name without a tag", "beta"],
  ["name without a tag that lacks latest", "alpha"],
  ["folder", "team/alpha:1"],
  ["host", "localhost:5000/alpha:1"],
  ["name in full", "docker.io/library/alpha:2"],
  ["name of the old index host", "index.docker.io/library/alpha:2"],
  ["ID", "{alpha}"],
  ["ID without algorithm", "{alpha:hex}"],
  ["short ID", "{alpha:12}"],
  ["short ID with algorithm", "sha256:{alpha:12}"],
  ["six digits", "{alpha:6}"],
  ["an ID that is not here", `sha256:${"0".repeat(64)}`],
  ["hex that is not here", "0".repeat(64)],
  ["short hex that is not here", "000000000000"],
  ["unknown name", "nope"],
  ["unknown tag", "alpha:nope"],
  ["unknown digest", `alpha@sha256:${"0".repeat(64)}`],
  ["unknown tag and digest", `alpha:1@sha256:${"0".repeat(64)}`],
  ["capitals", "NOPE"],
  ["capitals in a folder", "team/NOPE"],
  ["empty tag", "alpha:"],
  ["two tags", "alpha:1:2"],
  ["short digest", "alpha@sha256:abc"],
  ["no digest", "alpha@"],
  ["unknown algorithm", `alpha@md5:${"0".repeat(32)}`],
  ["digest of the wrong length", `alpha@sha256:${"0".repeat(40)}`],
  ["leading dash", "-alpha"],
  ["space", "al%20pha"],
  ["a name too long", `a/${"b".repeat(260)}`],
];

/** Inspect and history. */
export const looking: readonly Step[] = [
  ...NAMES.map(([what, name]) => inspect(what, name)),
  ...["arm", "betaAgain", "two", "bare", "hollow"].map((image) => inspect(`the image ${image}`, `{${image}}`)),
  inspect("manifests", "alpha:1", { manifests: "1" }),
  inspect("its platform", "alpha:1", { platform: AMD64 }),
  inspect("another platform", "alpha:1", { platform: ARM64 }),
  inspect("a platform that matches without its variant", "arm:1", { platform: ARM64 }),
  inspect("a platform of another variant", "arm:1", { platform: '{"os":"linux","architecture":"arm64","variant":"v9"}' }),
  inspect("platform that is not JSON", "alpha:1", { platform: "linux/amd64" }),
  inspect("platform that is a number", "alpha:1", { platform: "7" }),
  inspect("platform without an architecture", "alpha:1", { platform: '{"os":"linux"}' }),
  inspect("platform with nothing but a variant", "alpha:1", { platform: '{"variant":"v8"}' }),
  inspect("platform that is empty", "alpha:1", { platform: "{}" }),
  inspect("platform and manifests", "alpha:1", { platform: AMD64, manifests: "1" }),
  inspect("bad platform of an unknown image", "nope", { platform: "x" }),
  history("name and tag", "alpha:1"),
  history("several layers", "two:1"),
  history("none", "bare:1"),
  history("no layers", "hollow:1"),
  history("ID", "{beta}"),
  history("unknown name", "nope"),
  history("capitals", "NOPE"),
  history("its platform", "alpha:1", { platform: AMD64 }),
  history("another platform", "alpha:1", { platform: ARM64 }),
  history("bad platform", "alpha:1", { platform: "x" }),
];

/** What a multi-platform image and generations look like, once they are there. */
export const lookingLate: readonly Step[] = [
  inspect("a nameless image", "{nameless}"),
  history("a nameless image", "{nameless}"),
  inspect("the youngest generation", "kid:1"),
  history("generations", "kid:1"),
  get("list: generations hide their parents", "/images/json", { filters: '{"label":["family"]}' }),
  get("list: all generations", "/images/json", { filters: '{"label":["family"]}', all: "1" }),
  get("list: dangling generations", "/images/json", { filters: '{"dangling":["true"]}' }),
  inspect("two platforms", "multi:1"),
  inspect("the other of two platforms", "multi:1", { platform: ARM64 }),
  inspect("neither of two platforms", "multi:1", { platform: '{"os":"linux","architecture":"s390x"}' }),
  inspect("manifests of two platforms", "multi:1", { manifests: "1" }),
  history("two platforms", "multi:1"),
  history("the other of two platforms", "multi:1", { platform: ARM64 }),
  history("neither of two platforms", "multi:1", { platform: '{"os":"linux","architecture":"s390x"}' }),
  get("list: manifests of two platforms", "/images/json", { filters: '{"reference":["multi"]}', manifests: "1" }),
];
