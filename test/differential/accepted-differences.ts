import { ABSENT } from "./compare.ts";
import { isAdded, says } from "./judge.ts";
import type { AcceptedDifference, FollowsContainerd } from "./judge.ts";

/**
 * Steps in which the containerd store is the model; in all others it is the graph store. Where the two disagree,
 * the API reference decides, then what the fewest clients trip over, then what loses nothing.
 */
export const FOLLOWS_CONTAINERD: FollowsContainerd = [
  [/^load: an OCI layout/, "an OCI layout is an archive like any other"],
  [
    /^learn: multi$|^(inspect|history|list): .*two platforms$|^save: (two platforms of one image|the other of two platforms)$/,
    "all platforms of an index are kept",
  ],
  [/^remove: an? (multi|image of an OCI)/, "all platforms of an index are kept"],
  [/^load: (a tagged and a nameless one|generations)$/, "every image of an archive is reported, by name or by ID"],
  [
    /^load: (a missing (config|layer)|a config outside|an entry that climbs out)$/,
    "these words name the archive's entry, not a folder of the host",
  ],
  [/^(load: a windows image|import: another operating system)/, "an image need not run here to be stored"],
  [/^list: label, negated$/, "list and prune know the same filters"],
  [/^save: (.*unknown|.*capitals|an empty name|names with a comma)/, "the classes of error are the API's"],
  [/^save: no (layers|names)$/, "an image without layers is an image, and an archive may be empty"],
  [/^transport: an image called get, saved$/, "a name that is not here is reported in one way everywhere"],
  [/^(history|save): .*another platform$/, "a platform that an image lacks is a 404", 48],
  [
    /^inspect: a(nother platform| platform of another variant)$/,
    "a platform that an image lacks is a 404, and variants are compared strictly",
    49,
  ],
];

export const ACCEPTED: readonly AcceptedDifference[] = [
  {
    reason: "sizes count the bytes of the layers' archives; the graph store counts the bytes of the files within",
    steps: /./,
    path: /(^|\.)(Size|VirtualSize|SharedSize|LayersSize|SpaceReclaimed|reclaimed|TotalSize|Reclaimable)$/,
    accepts: ({ expected, actual }) => typeof expected === typeof actual || expected === ABSENT,
  },
  {
    reason: "the store keeps manifests and says so, as the containerd store does",
    steps: /./,
    path: /^body\.(\d+\.|Images\.\d+\.|ImageUsage\.Items\.\d+\.)?(Descriptor|Manifests)$/,
    accepts: isAdded,
  },
  {
    reason: "there is no graph driver below; the containerd store says it in this way too",
    steps: /./,
    path: /^body\.GraphDriver\.Data$/,
    accepts: ({ actual }) => actual === null,
  },
  {
    reason: "a name that comes with an archive is a tag given at that moment, as in the containerd store",
    steps: /./,
    path: /^body\.Metadata\.LastTagTime$/,
    accepts: ({ actual }) => actual === "<now>",
  },
  {
    reason: "saved layers are the stored blobs, so nothing beside their digests describes them",
    steps: /^save: /,
    path: /^body\.archive\.documents\.manifest\.json\.\d+\.LayerSources$/,
    accepts: ({ actual }) => actual === ABSENT,
  },
  {
    reason: "Docker 29 says what is wrong with the archive rather than with its own folder",
    steps: /^load: (an empty body|no manifest)$/,
    path: /^body\.(error|errorDetail\.message)$/,
    accepts: says("invalid archive: does not contain a manifest.json"),
  },
  {
    reason: "Docker 29's words, since 1.52 accepts several",
    steps: /^(load|save): two platforms$/,
    path: /^body\.message$/,
    accepts: says("multiple platform parameters are not supported in this API version; use API version 1.52 or later"),
  },
  {
    reason: "Docker 29 answers 400 to a moment that is none, in words that name the parameter",
    steps: /^(list|prune): until nonsense$|^events: bad (since|until)$/,
    path: /^(status|body\.message)$/,
    accepts: ({ path, actual }) => (path === "status" ? actual === 400 : String(actual).startsWith("invalid value for '")),
  },
  {
    reason: "what the user wrote is wrong, so it is a 400, as in Docker 29",
    steps: /^(prune: two moments|list: reference, a broken pattern)$/,
    path: /^status$/,
    accepts: says(400),
  },
  {
    reason: "Docker 29 matches names in full too",
    steps: /^list: reference in full$/,
    path: /^body\.0$/,
    accepts: isAdded,
  },
  {
    reason: "an empty list is an empty list in every answer",
    steps: /^df: /,
    path: /^body\.(ImageUsage\.Items|Images)\.\d+\.Repo(Digests|Tags)$/,
    accepts: ({ expected, actual }) => expected === null && Array.isArray(actual),
  },
  {
    reason: "the graph store never frees layers of images that were saved into one archive (see `save: generations`)",
    steps: /^remove: the parents$/,
    path: /^body\.[123](\.Deleted)?$/,
  },
  {
    reason: "layers that are gone are reported, as in the graph store",
    steps: /^(remove: an? (multi|image of an OCI)|import: another operating system goes)/,
    path: /^body\.\d+$/,
    accepts: isAdded,
  },
  {
    reason: "the graph store never frees a layer that two images of one saved archive share (see `save: two images`)",
    steps: /^prune: /,
    path: /^body\.ImagesDeleted\.\{"Deleted":"sha256:[0-9a-f]{64}"\}$/,
    accepts: ({ expected, actual }) => expected === ABSENT && actual === "done",
  },
  {
    reason: "the ID is the config's digest, not the index's or the manifest's; digests are names only where a registry gave them",
    steps: /./,
    path: /^body\.(\d+\.)?(Id|RepoDigests\.0|Descriptor\.(digest|annotations)|1\.Deleted)$|documents\.(index\.json\.manifests\.0\.digest|manifest\.json\.0\.Config)$/,
    model: "containerd",
  },
  {
    reason: "an image without a manifest of its own gets an OCI one, not Docker's older one",
    steps: /^(list: label, negated|save: no layers)$/,
    path: /(mediaType|\.size|\.Layers|RepoDigests\.\d)$/,
    model: "containerd",
  },
  {
    reason: "both readers find what they look for: older engines read repositories",
    steps: /^save: /,
    path: /^body\.archive\.documents\.repositories$/,
    model: "containerd",
    accepts: isAdded,
  },
  {
    reason: "an archive of nothing has the same documents as any other",
    steps: /^save: no names$/,
    path: /^body\.archive\.(folders\.[01]|documents\.manifest\.json)$/,
  },
  {
    reason: "nothing is unpacked before something runs",
    steps: /^(inspect|list): manifests of two platforms$/,
    path: /Manifests\.\d+\.(Size\.Total|ImageData\.Size\.Unpacked)$/,
  },
  {
    reason: "what is not here is said first; only platforms that are here ask for force",
    steps: /^remove: (two platforms|a platform that is not there)$/,
    path: /^(status|body\.message)$/,
    accepts: ({ path, actual }) =>
      path === "status" ? actual === 404 : String(actual).includes("does not provide the specified platform"),
  },
  {
    reason: "there are no containers and plugins below: no runtimes, drivers and components of theirs",
    steps: /^transport: (info|version)/,
    path: /^body\.(Components|Plugins|Runtimes|KernelMemory|SecurityOptions|CDISpecDirs|Warnings|Containerd|.*Commit|FirewallBackend|DiscoveredDevices|RegistryConfig|GenericResources|Labels|DriverStatus)/,
  },
  {
    reason: "an archive that has none of the platforms asked for is worth a word; the graph store says nothing at all",
    steps: /^load: only images of a platform that is not there$/,
    path: /^body\.(error|errorDetail)$/,
  },
  {
    reason: "words for a document of the wrong kind name no types of Go",
    steps: /^load: a manifest that is an object$/,
    path: /^body\.(error|errorDetail\.message)$/,
    accepts: says("cannot parse manifest.json: expected an array"),
  },
  {
    reason: "an archive is read as an archive whatever its Content-Type claims: curl's default would otherwise load nothing",
    steps: /^transport: a body that claims to be a form$/,
    path: /^(status|body\.\w+)$/,
  },
  {
    reason: "members that only containers have are shown with their defaults, as the graph store does",
    steps: /./,
    path: /^body\.Container(Config)?$/,
    model: "containerd",
    versions: (minor) => minor < 45,
    accepts: ({ expected }) => expected === ABSENT,
  },
  {
    reason: "digests are names only where a registry gave them",
    steps: /^list: (label, negated|manifests of two platforms)$/,
    path: /^body\.\d+\.RepoDigests$/,
    model: "containerd",
    versions: (minor) => minor < 43,
    accepts: ({ actual }) => actual === null,
  },
  {
    reason: "prune came with 1.25, and Docker 29 says so to older clients",
    steps: /^prune: /,
    path: /^(status|body\.\w+)$/,
    versions: (minor) => minor < 25,
    accepts: ({ path, actual }) => path !== "body.message" || actual === "POST /images/prune requires minimum API version 1.25",
  },
  {
    reason: "Docker 29 lets the filters win over the old parameter",
    steps: /^list: reference and filter$/,
    path: /^body\.1$/,
    versions: (minor) => minor < 41,
    accepts: ({ actual }) => actual === ABSENT,
  },
  {
    reason: "no engine wrote this image but the tool that made the archive",
    steps: /^import: .*looked at$/,
    path: /^body\.DockerVersion$/,
    accepts: says(""),
  },
];
