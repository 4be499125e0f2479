import { ABSENT } from "../compare.ts";
import { isAdded } from "../judge.ts";
import type { AcceptedDifference } from "../judge.ts";

/** Where containers go otherwise than in the reference engine, on purpose. */
export const ACCEPTED: readonly AcceptedDifference[] = [
  {
    reason: "the store keeps manifests and says so, as the containerd store does",
    steps: /./,
    path: /(^|\.)(Descriptor|ImageManifestDescriptor)$/,
    accepts: isAdded,
  },
  {
    reason: "there is no graph driver below; the containerd store says it in this way too",
    steps: /./,
    path: /^body\.(GraphDriver\.(Data|Name)|Driver)$/,
    accepts: ({ actual }) => actual === null || actual === "overlayfs",
  },
  {
    reason: "no engine wrote this image but the tool that made the archive",
    steps: /^learn: /,
    path: /^body\.DockerVersion$/,
    accepts: ({ actual }) => actual === "",
  },
  {
    reason: "a container's own files are written when it runs",
    steps: /^inspect: what did not start$/,
    path: /^body\.(ResolvConfPath|HostnamePath|HostsPath|LogPath)$/,
    accepts: ({ actual }) => actual === "",
  },
  {
    reason: "what the kernel counts is passed on; dockerd knows fewer of the names",
    steps: /^stats: once$/,
    path: /^body\.memory_stats\.stats\.\w+$/,
    accepts: ({ expected, actual }) => expected === ABSENT && actual === "<number>",
  },
  {
    reason: "nobody is called by a name in the network none; dockerd remembers names there once somebody was renamed",
    steps: /^inspect: /,
    path: /^body\.NetworkSettings\.Networks\.none\.DNSNames$/,
    accepts: ({ actual }) => actual === null,
  },
  {
    reason: "prune came with 1.25, and Docker 29 says so to older clients",
    steps: /^prune: /,
    path: /^(status|body\.\w+)$/,
    versions: (minor) => minor < 25,
    accepts: ({ path, actual }) => path !== "body.message" || actual === "POST /containers/prune requires minimum API version 1.25",
  },
  {
    reason: "what was not pruned has to be removed",
    steps: /^over: /,
    path: /^status$/,
    versions: (minor) => minor < 25,
    accepts: ({ actual }) => actual === 204,
  },
];
