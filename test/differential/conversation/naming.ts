import { get, post, remove } from "../step.ts";
import type { Query, Step } from "../step.ts";

function tag(what: string, name: string, query: Query = {}): Step {
  return post(`tag: ${what}`, `/images/${name}/tag`, query);
}

const HEX = "0".repeat(64);

/** `POST /images/{name}/tag`, row by row. */
export const tagging: readonly Step[] = [
  tag("repository and tag", "one:1", { repo: "named", tag: "a" }),
  tag("the same again", "one:1", { repo: "named", tag: "a" }),
  tag("without a tag", "one:1", { repo: "named" }),
  tag("a tag inside the repository", "one:1", { repo: "named:b" }),
  tag("both, of which the tag wins", "one:1", { repo: "named:x", tag: "c" }),
  tag("by ID", "{one}", { repo: "named", tag: "d" }),
  tag("by short ID", "{one:12}", { repo: "named", tag: "e" }),
  tag("a name in full", "one:1", { repo: "docker.io/library/named", tag: "f" }),
  tag("force, which is ignored", "one:1", { repo: "named", tag: "g", force: "1" }),
  get("tag: all of them", "/images/one:1/json"),
  tag("a name that another image has", "two:1", { repo: "named", tag: "a" }),
  get("tag: the name has moved", "/images/named:a/json"),
  get("tag: and is gone from the other", "/images/one:1/json"),
  tag("no repository", "one:1", { tag: "x" }),
  tag("no repository and no tag", "one:1"),
  tag("an empty repository", "one:1", { repo: "", tag: "x" }),
  tag("a repository in capitals", "one:1", { repo: "NAMED", tag: "x" }),
  tag("a repository with a space", "one:1", { repo: "na med", tag: "x" }),
  tag("a repository with a digest", "one:1", { repo: `named@sha256:${HEX}` }),
  tag("a repository of 64 hex digits", "one:1", { repo: HEX }),
  tag("a repository called sha256", "one:1", { repo: "sha256", tag: "x" }),
  tag("a repository too long", "one:1", { repo: "b".repeat(260) }),
  tag("a bad tag", "one:1", { repo: "named", tag: "a b" }),
  tag("a tag with a leading dash", "one:1", { repo: "named", tag: "-x" }),
  tag("a tag that is a digest", "one:1", { repo: "named", tag: `sha256:${HEX}` }),
  tag("a tag of 129 characters", "one:1", { repo: "named", tag: "x".repeat(129) }),
  tag("a tag of 128 characters", "one:1", { repo: "named", tag: "x".repeat(128) }),
  tag("an unknown source", "nope", { repo: "named", tag: "x" }),
  tag("a source in capitals", "NOPE", { repo: "named", tag: "x" }),
  tag("an unknown source and a bad tag", "nope", { repo: "named", tag: "a b" }),
  tag("an unknown source and no repository", "nope", { tag: "x" }),
];

function del(what: string, name: string, query: Query = {}): Step {
  return remove(`remove: ${what}`, `/images/${name}`, query);
}

/** `DELETE /images/{name}`: names, IDs, generations. */
export const removing: readonly Step[] = [
  del("a blank name", ""),
  del("a name of spaces", "%20"),
  del("unknown", "nope"),
  del("unknown tag", "alpha:nope"),
  del("unknown ID", `sha256:${HEX}`),
  del("capitals", "NOPE"),
  del("one name of several", `named:${"x".repeat(128)}`),
  del("a name without a tag", "named"),
  del("an ID with several repositories", "{alpha}"),
  del("a short ID with several repositories", "{alpha:12}"),
  del("one of four names", "alpha:2"),
  del("a name in another repository", "team/alpha:1"),
  del("two platforms", "alpha:1", { platforms: ['{"os":"linux","architecture":"amd64"}', '{"os":"linux","architecture":"arm64"}'] }),
  del("a platform that is not JSON", "alpha:1", { platforms: "linux/amd64" }),
  del("a platform that is not there", "arm:1", { platforms: '{"os":"linux","architecture":"s390x"}' }),
  del("one of several, by force", "named:b", { force: "1" }),
  del("an ID with several repositories, by force", "{one}", { force: "1" }),
  get("remove: gone", "/images/one:1/json"),
  del("an ID with one name", "{arm}"),
  del("the last name, layers still shared", "beta"),
  del("an image that lost its name", "{beta}"),
  del("a name that is an image's last", "hollow:1"),
  del("no history and no date", "bare:1"),
  del("a nameless image", "{nameless:hex}"),
  get("remove: list of generations", "/images/json", { all: "1", filters: '{"label":["family"]}' }),
  del("the last name of an image with a sibling", "twin:1"),
  del("a parent of a generation", "{parent}"),
  del("a parent of a generation, by force", "{parent}", { force: "1" }),
  del("the last generation without its parents", "kid:1", { noprune: "1" }),
  get("remove: the parents are dangling now", "/images/json", { filters: '{"dangling":["true"],"label":["family"]}' }),
  del("the parents", "{parent}"),
  get("remove: what is left", "/images/json", { all: "1" }),
];
