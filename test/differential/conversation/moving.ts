import { good, rootfs } from "../archives.ts";
import { filters, get, load, post, remove } from "../step.ts";
import type { Query, Step } from "../step.ts";

const AMD64 = '{"os":"linux","architecture":"amd64"}';
const S390X = '{"os":"linux","architecture":"s390x"}';

function save(what: string, names: string | readonly string[] | undefined, query: Query = {}): Step {
  return get(`save: ${what}`, "/images/get", { ...(names !== undefined && { names }), ...query });
}

/** `GET /images/get` and `GET /images/{name}/get`. */
export const saving: readonly Step[] = [
  get("save: by path", "/images/alpha:1/get"),
  get("save: by path and ID", "/images/{two}/get"),
  get("save: by path, unknown", "/images/nope/get"),
  get("save: by path, capitals", "/images/NOPE/get"),
  get("save: by path, another platform", "/images/alpha:1/get", { platform: S390X }),
  save("a name", "alpha:2"),
  save("a repository with all its tags", "alpha"),
  save("a name in a folder", "team/alpha:1"),
  save("a name on a host", "localhost:5000/alpha:1"),
  save("an ID", "{alpha}"),
  save("a short ID", "{alpha:12}"),
  save("a name and the ID of the same image", ["alpha:1", "{alpha}"]),
  save("two names of one image", ["alpha:1", "team/alpha:1"]),
  save("two images", ["one:1", "two:1"]),
  save("the same name twice", ["one:1", "one:1"]),
  save("no names", undefined),
  save("an empty name", ""),
  save("names with a comma", "one:1,two:1"),
  save("unknown", "nope"),
  save("unknown tag", "alpha:nope"),
  save("unknown ID", `sha256:${"0".repeat(64)}`),
  save("capitals", "NOPE"),
  save("one known and one unknown", ["alpha:1", "nope"]),
  save("no layers", "hollow:1"),
  save("no date", "bare:1"),
  save("its platform", "alpha:1", { platform: AMD64 }),
  save("another platform", "alpha:1", { platform: S390X }),
  save("platform that is not JSON", "alpha:1", { platform: "linux/amd64" }),
  save("two platforms", "alpha:1", { platform: [AMD64, S390X] }),
];

/** Archives of images that came late. */
export const savingLate: readonly Step[] = [
  save("two platforms of one image", "multi:1"),
  save("the other of two platforms", "multi:1", { platform: '{"os":"linux","architecture":"arm64"}' }),
  post("save: a name for the elder", "/images/{parent}/tag", { repo: "elder", tag: "1" }),
  save("generations", ["kid:1", "elder:1"]),
  remove("save: the elder's name goes", "/images/elder:1"),
  save("a nameless image", "{nameless}"),
  // Gone before anything else is counted: only one of the two stores has them.
  remove("remove: a multi-platform image", "/images/multi:1"),
  remove("remove: an image of an OCI layout", "/images/oci:1"),
];

/** The new ID differs from run to run, so it is learned under the letters of `what`: older versions take what newer ones refuse. */
function bring(what: string, query: Query, body: Uint8Array = rootfs): Step {
  const capture = { as: what.replaceAll(/\W/g, ""), at: ["status"] };
  return post(
    `import: ${what}`,
    "/images/create",
    { fromSrc: "-", ...query },
    { body, capture, headers: { "content-type": "application/x-tar" } },
  );
}

/** `POST /images/create` with a root file system. */
export const importing: readonly Step[] = [
  bring("a name that is capitals", { repo: "NOPE" }),
  bring("a bad tag", { repo: "imported", tag: "a b" }),
  bring("a repository with a digest", { repo: `imported@sha256:${"0".repeat(64)}` }),
  bring("an instruction that is none", { repo: "imported", changes: "NOPE true" }),
  bring("an instruction that cannot change an image", { repo: "imported", changes: "RUN true" }),
  bring("an instruction without an argument", { repo: "imported", changes: "ENV" }),
  bring("a platform that cannot be", { repo: "imported", platform: "a/b/c/d/e" }),
  bring("a platform of bad characters", { repo: "imported", platform: "linux/am*d64" }),
  bring("another operating system", { repo: "elsewhere", platform: "plan9/amd64" }),
  remove("import: another operating system goes", "/images/elsewhere"),
  bring("garbage", { repo: "garbage" }, Buffer.alloc(1500, "garbage. ")),
  bring("a root file system", { repo: "imported", tag: "1" }),
  get("import: looked at", "/images/imported:1/json"),
  get("import: history", "/images/imported:1/history"),
  bring("changes", {
    repo: "imported:2",
    message: "with <changes>",
    changes: [
      'CMD ["a","b"]',
      "ENV A=1 B=two\nENV C=3",
      "EXPOSE 80 53/udp",
      "LABEL x=y",
      "USER 7",
      "VOLUME /v",
      "WORKDIR /w",
      "ENTRYPOINT run it",
      "STOPSIGNAL 9",
      "ONBUILD RUN true",
      "HEALTHCHECK CMD true",
    ],
  }),
  get("import: changes looked at", "/images/imported:2/json"),
  get("import: history of changes", "/images/imported:2/history"),
  bring("a platform", { repo: "imported:3", platform: "linux/arm/v6" }),
  get("import: platform looked at", "/images/imported:3/json"),
  bring("no name", {}),
  get("import: nameless looked at", "/images/{noname}/json"),
  get("import: list", "/images/json", filters({ since: ["two:1"], reference: ["imported"] }), { keep: "sorted" }),
  post("import: neither source nor image", "/images/create", {}, { keep: "status" }),
  post("import: an empty image name", "/images/create", { fromImage: ":" }),
  post("import: pull of a bad name", "/images/create", { fromImage: "NOPE", tag: "1" }),
  post("import: pull of a bad tag", "/images/create", { fromImage: "nope", tag: "a b" }),
  post("import: pull of scratch", "/images/create", { fromImage: "scratch", tag: "latest" }),
];

function prune(what: string, filter?: string): Step {
  return post(`prune: ${what}`, "/images/prune", filter === undefined ? {} : { filters: filter }, { keep: "sorted" });
}

/** `POST /images/prune`. */
export const pruning: readonly Step[] = [
  prune("unknown filter", '{"nope":["1"]}'),
  prune("filters that are not JSON", "x"),
  prune("dangling, badly", '{"dangling":["maybe"]}'),
  prune("until nonsense", '{"until":["zzz"]}'),
  prune("two moments", '{"until":["1h","2h"]}'),
  prune("until long ago", '{"until":["2020-01-01"]}'),
  prune("labels that nobody has", '{"label":["stage=gamma"]}'),
  prune("without a label", '{"label!":["stage"]}'),
  prune("what is dangling"),
  prune("again"),
  prune("with a label", '{"dangling":["false"],"label":["stage=alpha"]}'),
  prune("all that is old", '{"dangling":["0"],"until":["2024-01-09T12:00:00Z"]}'),
  prune("all", '{"dangling":["false"]}'),
  prune("nothing", '{"dangling":["false"]}'),
  post("prune: all, in any version", "/images/prune", { filters: '{"dangling":["false"]}' }, { keep: "status", prefix: "raw" }),
  get("prune: nothing is left", "/images/json", { all: "1" }),
];

/** `GET /system/df`, with images stored. */
export const accounting: readonly Step[] = [
  get("df: everything", "/system/df"),
  get("df: images", "/system/df", { type: "image" }),
  get("df: containers and volumes", "/system/df", { type: ["container", "volume"] }),
  get("df: build cache", "/system/df", { type: "build-cache" }),
  get("df: an unknown type", "/system/df", { type: "zz" }),
  get("df: verbose", "/system/df", { verbose: "1" }),
];

/** A few moves to be told about. */
export const moves: readonly Step[] = [
  { ...load("", good.alpha), name: "moves: load", clock: "start" },
  post("moves: tag", "/images/alpha:1/tag", { repo: "told", tag: "1" }),
  get("moves: save", "/images/get", { names: "told:1" }, { keep: "status" }),
  remove("moves: untag", "/images/told:1"),
  { ...load("", good.nameless), name: "moves: load without a name" },
  remove("moves: remove", "/images/{nameless}"),
  { ...load("", good.beta), name: "moves: load beta" },
  { ...load("", good.betaAgain), name: "moves: load that takes the name away" },
  post("moves: import", "/images/create", { fromSrc: "-", repo: "told:2" }, { body: rootfs, capture: { as: "told", at: ["status"] } }),
  { ...prune(""), name: "moves: prune, in any version", prefix: "raw" },
  remove("moves: remove one of several names", "/images/team/alpha:1"),
  remove("moves: remove the last name", "/images/beta"),
];

/** `GET /events` about a few moves made for it; `{start}` and `{end}` are the engine's clock around them. */
export const telling: readonly Step[] = [
  get("events: everything", "/events", { since: "{start}", until: "{end}" }, { clock: "end" }),
  get("events: bad since", "/events", { since: "x" }),
  get("events: bad until", "/events", { until: "x", since: "1" }),
  get("events: until before since", "/events", { since: "10", until: "5" }),
  get("events: bad filters", "/events", { filters: "x", since: "{start}", until: "{end}" }),
  get("events: images", "/events", { since: "{start}", until: "{end}", ...filters({ type: ["image"] }) }),
  get("events: tags", "/events", { since: "{start}", until: "{end}", ...filters({ event: ["tag"] }) }),
  get("events: tags and removals", "/events", {
    since: "{start}",
    until: "{end}",
    ...filters({ event: ["tag", "delete"], type: ["image"] }),
  }),
  get("events: of one image", "/events", { since: "{start}", until: "{end}", ...filters({ image: ["team/alpha:1"] }) }),
  get("events: of one image without its tag", "/events", { since: "{start}", until: "{end}", ...filters({ image: ["told"] }) }),
  get("events: of a label", "/events", { since: "{start}", until: "{end}", ...filters({ label: ["stage=alpha"] }) }),
  get("events: of a filter that is unknown", "/events", { since: "{start}", until: "{end}", ...filters({ nope: ["1"] }) }),
  get("events: of containers", "/events", { since: "{start}", until: "{end}", ...filters({ type: ["container"] }) }),
  get("events: before anything", "/events", { since: "1", until: "2" }),
  post("events: nothing is left", "/images/prune", { filters: '{"dangling":["false"]}' }, { keep: "status", prefix: "raw" }),
];
