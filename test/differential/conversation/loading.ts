import { bad, good, layouts } from "../archives.ts";
import { get, learn, load, post, remove } from "../step.ts";
import type { Step } from "../step.ts";

const everything = JSON.stringify({ dangling: ["false"] });

const older = JSON.stringify({ label: ["family"], before: ["kid:1"] });

/** What must be refused comes first: a store that knows a layer need not read it. */
export const refusals: readonly Step[] = [
  ...Object.entries(bad).map(([what, archive]) => load(what, archive)),
  load("a platform that is not JSON", good.arm, { platform: "linux/arm64" }),
  load("a platform without an architecture", good.arm, { platform: '{"os":"linux"}' }),
  load("a platform with nothing but a variant", good.arm, { platform: '{"variant":"v7"}' }),
  load("two platforms", good.arm, { platform: ['{"os":"linux","architecture":"amd64"}', '{"os":"linux","architecture":"arm64"}'] }),
  load("only images of a platform that is not there", good.arm, { platform: '{"os":"linux","architecture":"s390x"}' }),
  // Without a version: 1.24 has no prune.
  post("load: nothing is left of all that", "/images/prune", { filters: everything }, { keep: "status", prefix: "raw" }),
  get("load: empty again", "/images/json", { all: "1" }),
];

/** The images that the rest of the conversation is about. */
export const loads: readonly Step[] = [
  load("four names", good.alpha, { quiet: "0" }),
  learn("alpha", "alpha:1"),
  load("the same again", good.alpha, { quiet: "0" }),
  load("a shared layer, loudly", good.beta, { quiet: "0" }),
  learn("beta", "beta"),
  load("another architecture", good.arm, { quiet: "false" }),
  learn("arm", "arm:1"),
  load("a name that moves, compressed", good.betaAgain),
  learn("betaAgain", "beta"),
  load("the old archive format with links", good.several),
  learn("one", "one:1"),
  learn("two", "two:full"),
  load("no date, no history, no config", good.bare),
  learn("bare", "bare:1"),
  load("no layers", good.hollow),
  learn("hollow", "hollow:1"),
];

/** These stay nameless or follow another format; they are loaded when their neighbours have been looked at. */
export const lateLoads: readonly Step[] = [
  load("a nameless image", good.nameless),
  { ...get("learn: nameless", "/images/json", { filters: '{"label":["stage=nameless"]}' }), capture: { as: "nameless", at: [0, "Id"] } },
  load("an empty list of tags", good.emptyTags),
  load("a tagged and a nameless one", good.taggedThenNameless),
  remove("load: the tagged one goes", "/images/mixed:1"),
  load("generations", good.family),
  learn("kid", "kid:1"),
  learn("twin", "twin:1"),
  { ...get("learn: parent", "/images/json", { all: "1", filters: older }), capture: { as: "parent", at: [0, "Id"] } },
  { ...get("learn: grand", "/images/json", { all: "1", filters: older }), capture: { as: "grand", at: [1, "Id"] } },
  load("an OCI layout", layouts.single),
  load("an OCI layout of two platforms", layouts.multi),
  learn("multi", "multi:1"),
];
