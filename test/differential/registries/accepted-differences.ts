import { ABSENT } from "../compare.ts";
import type { Difference } from "../compare.ts";
import { isAdded, says } from "../judge.ts";
import type { AcceptedDifference, FollowsContainerd } from "../judge.ts";

/** Where the two stores part, the containerd store is the model of these; the other table says how it is decided. */
export const FOLLOWS_CONTAINERD: FollowsContainerd = [
  [/^pull: (a platform that an index lacks|an index without this platform)$/, "a missing platform is an HTTP 404 before the stream"],
  [/^pull: another platform of an index$/, "the name stands for the same index as before"],
  [/^pull: an image of another system$|^gone: .*windows/, "an image need not run here to be stored"],
  [/^pull: (a chart|an artifact)$/, "what is no image is kept as it came"],
  [/^pull: what an index with attestations brought$/, "all manifests of an index are known"],
];

const ERROR = /^body\.(message|lines\.\d+\.(error|errorDetail\.message))$/;
const STATUS_OR_WORDS = /^(status|body\.message)$/;

export const ACCEPTED: readonly AcceptedDifference[] = [
  {
    reason: "below Docker's words stands what they leave out",
    steps: /./,
    path: ERROR,
    accepts: ({ expected, actual }) => typeof actual === "string" && actual.startsWith(`${String(expected).trimEnd()}\n`),
  },
  {
    reason: "the store keeps manifests and says so, as the containerd store does",
    steps: /^pull: (what|a list)|^push: what/,
    path: /^body\.(.*\.)?Descriptor$/,
    accepts: isAdded,
  },
  {
    reason: "there is no graph driver below; the containerd store says it in this way too",
    steps: /^pull: what|^push: what/,
    path: /^body\.GraphDriver\.Data$/,
    accepts: ({ actual }) => actual === null,
  },
  {
    reason: "a pull gives a tag at that moment, as in the containerd store",
    steps: /^pull: what/,
    path: /^body\.Metadata\.LastTagTime$/,
    accepts: ({ actual }) => actual === "<now>",
  },
  {
    reason: "sizes count the bytes of the layers' archives; the graph store counts the bytes of the files within",
    steps: /^pull: (what|a list)|^push: what/,
    path: /(^|\.)(Virtual)?Size$/,
    accepts: ({ expected, actual }) => typeof expected === typeof actual,
  },
  {
    reason: "the ID is the config's digest, not the index's",
    steps: /^pull: what an index with attestations brought$/,
    path: /^body\.Id$/,
    accepts: says("<appBlob0>"),
  },
  {
    reason: "attestations of the chosen image come with it, and nothing is unpacked before something runs",
    steps: /^pull: what an index with attestations brought$/,
    path: /^body\.Manifests\./,
    accepts: isRowOfManifests,
  },
  {
    reason: "every blob of every image has the same story, that of the graph store",
    steps: /^pull: (another platform of an index|an image of another system|a chart|an artifact)$/,
    path: /^body\.lines\.1\.layers\./,
    model: "containerd",
  },
  {
    reason: "the graph store's words, which are the beginning of these",
    steps: /^pull: (a platform that an index lacks|an index without this platform)$/,
    path: /^body\.message$/,
    accepts: ({ expected, actual }) => String(expected).startsWith(`${String(actual)}: `),
  },
  {
    reason: "credentials go to the registry that they are for, and to no other",
    steps: /^pull: from a private registry, with credentials of another$/,
    path: /^(status|body\.(lines|message))$/,
    accepts: ({ path, actual }) => path !== "body.message" || String(actual).includes("no basic auth credentials"),
  },
  {
    reason: "so that one of these pulls is none",
    steps: /^told: pulls$/,
    path: /^body\.lines\.1[56](\.|$)/,
    accepts: ({ path, actual }) => !path.endsWith("lines.16") || actual === ABSENT,
  },
  {
    reason: "the first layer that fails ends the others, wherever they are",
    steps: /^pull: (no such layer|a layer of other bytes|a rate limit on a layer|a layer that is denied)$/,
    path: /^body\.lines\.1\.layers\.<[\w-]+:12>\.\d+(\..*)?$/,
  },
  {
    reason: "layers are only fetched for a config that is right",
    steps: /^pull: (no such config|a config of other bytes)$/,
    path: /^body\.lines\.(1\.(layers|error|errorDetail)|2)$/,
    accepts: ({ path, expected, actual }) =>
      !path.endsWith(".error") || (expected === ABSENT && says("error pulling image configuration: ")({ path, expected, actual })),
  },
  {
    reason: "layers become an image together, or none of them is told to be complete",
    steps: /^pull: (layers in the wrong order|more layers than the config says)$/,
    path: /^body\.lines\.1\.layers\.<\w+:12>\.\d+$/,
    accepts: ({ expected, actual }) => expected === "Pull complete" && actual === ABSENT,
  },
  {
    reason: "a manifest that is not the one whose digest was told is refused",
    steps: /^pull: a manifest of other bytes$/,
    path: /^(status|body\.(lines|message))$/,
    accepts: ({ path, actual }) => path !== "body.message" || String(actual).startsWith("manifest verification failed for digest"),
  },
  {
    reason: "it is said what the registry served, and that the fault is not the engine's",
    steps: /^(pull: a manifest (of an unknown type|of schema 1|that is no JSON|of nothing)|look: a fault: (unknown-type|schema1|no-json))$/,
    path: STATUS_OR_WORDS,
    accepts: ({ path, actual }) => path === "body.message" || actual === 400,
  },
  {
    reason: "challenges are learnt from every answer, so that the token server is asked, and its reason told",
    steps: /^pull: hidden, with a wrong password$|^push: a token refused$/,
    path: ERROR,
    accepts: says("unauthorized: incorrect username or password"),
  },
  {
    reason: "what the client sent is no JSON, so it is a 400, as Docker 29 and all other endpoints have it",
    steps: /^login: (no JSON|nothing)$/,
    path: STATUS_OR_WORDS,
    accepts: ({ path, expected, actual }) => (path === "status" ? actual === 400 : String(actual).includes(String(expected))),
  },
  {
    reason: "words name who answered, not what a decoder of Go met",
    steps: /^search: an answer that is no JSON$/,
    path: ERROR,
    accepts: says("<faulty> did not answer with a JSON object"),
  },
  {
    reason: "a registry without a search is searched by its catalog",
    steps: /^search: a registry without search$/,
    path: /^(status|body(\.message)?|body\.\d+)$/,
    accepts: ({ path, actual }) => path !== "status" || actual === 200,
  },
  {
    reason: "the endpoint came with 1.30, and Docker 29 says so to older clients",
    steps: /^look: /,
    path: /^(status|body\.\w+)$/,
    versions: (minor) => minor < 30,
    accepts: ({ path, actual }) => path !== "body.message" || String(actual).endsWith("requires minimum API version 1.30"),
  },
  {
    reason: "members that only containers have are shown with their defaults, as the graph store does",
    steps: /^pull: what an index with attestations brought$/,
    path: /^body\.Container(Config)?$/,
    versions: (minor) => minor < 45,
    accepts: ({ expected }) => expected === ABSENT,
  },
  {
    reason: "who is refused is refused at once",
    steps: /^push: denied$/,
    path: /^body\.lines\.1\.layers\.<\w+:12>\.\d$/,
    accepts: ({ expected, actual }) => expected === "Retrying in <n> seconds" && actual === ABSENT,
  },
  {
    reason: "a registry is not pinged in its first version before it is searched",
    steps: /^search: where nobody listens$/,
    path: STATUS_OR_WORDS,
    accepts: ({ path, actual }) =>
      path === "status" ? actual === 500 : says("connect: connection refused")({ path, expected: "", actual }),
  },
  {
    reason: "what was pulled is pushed byte for byte: the graph store makes a manifest of its own, of layers that it compresses again",
    steps: /^push: /,
    path: /^body\.lines\.\d+\.(status|aux\.(Digest|Size)|layers\.<\w+:12>\.\d+\.(progressDetail\.(current|total)|progress))$/,
    accepts: isOfOtherBytes,
  },
  {
    reason: "therefore a pushed image has no digests but those that it was pulled with",
    steps: /^push: what it is known by then$/,
    path: /^body\.RepoDigests\./,
    accepts: ({ expected, actual }) => expected === ABSENT || actual === ABSENT,
  },
  {
    reason: "any repository that has the layer is as good to mount it from; the graph store also remembers those that it has no image of",
    steps: /^push: (every tag|to another re(gistry|pository of the registry))$/,
    path: /^body\.lines\.1\.layers\.<\w+:12>\.\d(\..*)?$/,
    accepts: ({ expected, actual }) => String(expected).startsWith("Mounted from ") || actual === "Pushed",
  },
  {
    reason: "layers are named before the registry is asked for the first time",
    steps: /^push: (where nobody listens|without TLS where it is wanted)$/,
    path: /^body\.lines\.(1\.(layers|error|errorDetail)|2)$/,
  },
];

function isOfOtherBytes({ path, expected, actual }: Difference): boolean {
  if (!path.endsWith(".status")) return expected !== ABSENT && actual !== ABSENT && typeof expected === typeof actual;
  return /^\d: digest: sha256:<\w+> size: \d+$/.test(String(actual));
}

/** The row of an attestation that is here, or of an image that is not unpacked; and what the model has in its place. */
function isRowOfManifests({ path, expected, actual }: Difference): boolean {
  if (actual === ABSENT) return expected === "done";
  return (
    path.includes('"Available":true') &&
    path.includes("<attestedManifest") &&
    (path.includes('"attestation"') || path.includes('"Unpacked":0'))
  );
}
