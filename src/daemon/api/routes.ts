import { always, missing, noPlugin, noSwarm } from "./handlers/absent.ts";
import { loadImages, saveImage, saveImages } from "./handlers/archives.ts";
import { copyImage } from "./handlers/copy-image.ts";

import { buildImage, cancelBuild } from "./handlers/build.ts";
import { createImage } from "./handlers/create-image.ts";
import { events } from "./handlers/events.ts";
import { listImages } from "./handlers/image-list.ts";
import { imageAttestations, imageHistory, inspectImage, removeImage, tagImage } from "./handlers/image.ts";
import { changeNetwork, inspectNetwork, listNetworks, removeNetwork } from "./handlers/networks.ts";
import { ping, pingHead } from "./handlers/ping.ts";
import { pruneBuilds, pruneImages } from "./handlers/prune.ts";
import { pushImage } from "./handlers/push-image.ts";
import { inspectDistribution, logIn, searchImages } from "./handlers/registries.ts";
import { diskUsage, info, version } from "./handlers/system.ts";
import { inspectVolume, listVolumes, pruneVolumes, removeVolume } from "./handlers/volumes.ts";
import { CONTAINERS } from "./container-routes.ts";
import { route } from "./http/route.ts";
import type { Route } from "./http/route.ts";

const since = (name: string, first: string): { readonly name: string; readonly since: string } => ({ name, since: first });

const SYSTEM: readonly Route[] = [
  route("GET", "/_ping", ping),
  route("HEAD", "/_ping", pingHead),
  route("GET", "/version", version),
  route("GET", "/info", info),
  route("GET", "/events", events, { parameters: ["since", "until", "filters"] }),
  route("GET", "/system/df", diskUsage, { parameters: [since("type", "1.42"), since("verbose", "1.52")] }),
];

const IMAGES: readonly Route[] = [
  route("GET", "/images/json", listImages, {
    parameters: ["all", "filters", "filter", since("shared-size", "1.42"), since("manifests", "1.47"), since("identity", "1.54")],
  }),
  route("GET", "/images/get", saveImages, { parameters: ["names", since("platform", "1.48")] }),
  route("POST", "/images/load", loadImages, { parameters: ["quiet", since("platform", "1.48")], takesArchive: () => true }),
  route("POST", "/images/create", createImage, {
    parameters: ["fromImage", "fromSrc", "repo", "tag", "message", "changes", since("platform", "1.32")],
    takesArchive: (query) => query.text("fromSrc") !== "",
  }),
  route("POST", "/images/prune", pruneImages, { parameters: ["filters"], since: "1.25" }),
  route("GET", "/images/{name:.*}/get", saveImage, { parameters: [since("platform", "1.48")] }),
  route("GET", "/images/{name:.*}/history", imageHistory, { parameters: [since("platform", "1.48")] }),
  route("GET", "/images/{name:.*}/json", inspectImage, { parameters: [since("manifests", "1.48"), since("platform", "1.49")] }),
  route("GET", "/images/{name:.*}/attestations", imageAttestations, { parameters: ["platform", "type", "statement"], since: "1.55" }),
  route("POST", "/images/{name:.*}/push", pushImage, { parameters: ["tag", since("platform", "1.46")] }),
  route("POST", "/images/{name:.*}/tag", tagImage, { parameters: ["repo", "tag"] }),
  route("DELETE", "/images/{name:.*}", removeImage, { parameters: ["force", "noprune", since("platforms", "1.50")] }),
];

const REGISTRIES: readonly Route[] = [
  route("POST", "/auth", logIn),
  route("GET", "/images/search", searchImages, { parameters: ["term", "limit", "filters"] }),
  route("GET", "/distribution/{name:.*}/json", inspectDistribution, { since: "1.30" }),
];

/** What Docker's API does not have. */
const OWN: readonly Route[] = [
  route("POST", "/slipway/copy", copyImage, { parameters: ["from", "to", "allTags", "platform", "referrers"] }),
];

const BUILD_PARAMETERS = (
  "dockerfile t remote q nocache pull rm forcerm buildargs labels cachefrom isolation securityopt check contexts explain memory memswap cpushares cpuperiod " +
  "cpuquota cpusetcpus cpusetmems cgroupparent ulimits"
).split(" ");

const BUILDS: readonly Route[] = [
  route("POST", "/build", buildImage, {
    parameters: [
      ...BUILD_PARAMETERS,
      since("shmsize", "1.22"),
      since("networkmode", "1.25"),
      since("squash", "1.25"),
      since("extrahosts", "1.28"),
      since("target", "1.29"),
      since("platform", "1.32"),
      since("version", "1.38"),
      since("outputs", "1.40"),
      since("buildid", "1.38"),
    ],
    takesArchive: () => true,
  }),
  route("POST", "/build/prune", pruneBuilds, {
    parameters: [
      ...["all", "filters", "keep-storage"].map((name) => since(name, "1.39")),
      ...["reserved-space", "max-used-space", "min-free-space"].map((name) => since(name, "1.48")),
    ],
    since: "1.31",
  }),
  route("POST", "/build/cancel", cancelBuild, { parameters: ["id"] }),
];

/** What clients may ask an image engine for in good faith, and does not work yet. */
const MISSING: readonly Route[] = [
  route("POST", "/session", missing("a build session", "it does not speak BuildKit's protocol; set DOCKER_BUILDKIT=0")),
  route("POST", "/grpc", missing("BuildKit's gRPC", "it does not speak BuildKit's protocol; set DOCKER_BUILDKIT=0")),
  route("POST", "/volumes/create", missing("creating volumes", "volumes have no names yet; give containers directories of the machine")),
];

const NO_SWARM = "it runs containers on this machine only";

/** Those that Docker has from the beginning. */
const NETWORKS: readonly Route[] = [
  route("GET", "/networks", listNetworks, { parameters: ["filters"] }),
  route("GET", "/networks/{id:.*}", inspectNetwork),
  route("DELETE", "/networks/{id:.*}", removeNetwork),
];

/** All of them came with containers. */
const VOLUMES: readonly Route[] = [
  route("GET", "/volumes", listVolumes, { parameters: ["filters"] }),
  route("POST", "/volumes/prune", pruneVolumes, { since: "1.25", parameters: ["filters"] }),
  route("GET", "/volumes/{name:.*}", inspectVolume),
  route("DELETE", "/volumes/{name:.*}", removeVolume, { parameters: ["force"] }),
];

/** There are none of these, and that is what clients are told. */
const NONE: readonly Route[] = [
  route("POST", "/networks/prune", always({ NetworksDeleted: null }), { since: "1.25" }),
  route("POST", "/networks/create", missing("creating networks", "every container has a network of its own, that of the machine, or none")),
  route("GET", "/plugins", always([]), { since: "1.25" }),
];

/** Whoever asks for one of what there are none of. */
const NOT_FOUND: readonly Route[] = [
  route("POST", "/networks/{id:.*}/connect", changeNetwork),
  route("POST", "/networks/{id:.*}/disconnect", changeNetwork),
  route("GET", "/plugins/{name:.*}/json", noPlugin),
  ...["swarm", "nodes", "services", "tasks", "secrets", "configs"].map((what) => route("GET", `/${what}`, noSwarm)),
  route("POST", "/swarm/init", missing("a swarm", NO_SWARM)),
  route("POST", "/swarm/join", missing("a swarm", NO_SWARM)),
  route("POST", "/plugins/pull", missing("installing plugins", "everything it can do is built in")),
];

/** Endpoints of one kind, for the coverage document. */
export interface RouteGroup {
  readonly title: string;
  readonly state: "works" | "refused by name" | "empty" | "not found";
  readonly routes: readonly Route[];
}

/** Fixed paths win over patterns, earlier patterns over later ones. */
export const ROUTE_GROUPS: readonly RouteGroup[] = [
  { title: "System", state: "works", routes: SYSTEM },
  { title: "Images", state: "works", routes: IMAGES },
  { title: "Registries", state: "works", routes: REGISTRIES },
  { title: "Build cache", state: "works", routes: BUILDS },
  { title: "Containers", state: "works", routes: CONTAINERS },
  { title: "Networks", state: "works", routes: NETWORKS },
  { title: "Volumes", state: "works", routes: VOLUMES },
  { title: "Slipway's own", state: "works", routes: OWN },
  { title: "Not built yet", state: "refused by name", routes: MISSING },
  { title: "Of which there are none", state: "empty", routes: NONE },
  { title: "Parts of what there is none of", state: "not found", routes: NOT_FOUND },
];

/** Every endpoint there is. */
export const ROUTES: readonly Route[] = ROUTE_GROUPS.flatMap(({ routes }) => routes);
