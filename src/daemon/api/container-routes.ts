import { commitContainer } from "./handlers/commit.ts";
import { containerChanges, exportContainer, readArchive, statArchive, writeArchive } from "./handlers/containers-files.ts";
import { missing } from "./handlers/absent.ts";
import {
  createContainer,
  killContainer,
  pauseContainer,
  removeContainer,
  renameContainer,
  restartContainer,
  startContainer,
  stopContainer,
  unpauseContainer,
  updateContainer,
  waitForContainer,
} from "./handlers/containers-life.ts";
import { containerStats, inspectContainer, listContainers, pruneContainers, topProcesses } from "./handlers/containers-look.ts";
import { createExec, inspectExec, resizeContainer, resizeExec, startExec } from "./handlers/containers-exec.ts";
import { attachContainer, containerLogs } from "./handlers/containers-streams.ts";
import { route } from "./http/route.ts";
import type { Route } from "./http/route.ts";

const since = (name: string, first: string): { readonly name: string; readonly since: string } => ({ name, since: first });

/** Life: what becomes of a container. */
const LIFE: readonly Route[] = [
  route("POST", "/containers/create", createContainer, { parameters: ["name", since("platform", "1.41")] }),
  route("POST", "/containers/prune", pruneContainers, { parameters: ["filters"], since: "1.25" }),
  route("POST", "/containers/{id}/start", startContainer, { parameters: ["detachKeys"] }),
  route("POST", "/containers/{id}/stop", stopContainer, { parameters: ["t", since("signal", "1.42")] }),
  route("POST", "/containers/{id}/restart", restartContainer, { parameters: ["t", since("signal", "1.42")] }),
  route("POST", "/containers/{id}/kill", killContainer, { parameters: ["signal"] }),
  route("POST", "/containers/{id}/pause", pauseContainer),
  route("POST", "/containers/{id}/unpause", unpauseContainer),
  route("POST", "/containers/{id}/rename", renameContainer, { parameters: ["name"] }),
  route("POST", "/containers/{id}/update", updateContainer),
  route("POST", "/containers/{id}/wait", waitForContainer, { parameters: [since("condition", "1.30")] }),
  route("DELETE", "/containers/{id}", removeContainer, { parameters: ["v", "force", "link"] }),
];

/** Looking at them. */
const LOOK: readonly Route[] = [
  route("GET", "/containers/json", listContainers, { parameters: ["all", "limit", "size", "since", "before", "filters"] }),
  route("GET", "/containers/{id}/json", inspectContainer, { parameters: ["size"] }),
  route("GET", "/containers/{id}/top", topProcesses, { parameters: ["ps_args"] }),
  route("GET", "/containers/{id}/stats", containerStats, { parameters: ["stream", since("one-shot", "1.41")] }),
];

/** Their inputs and outputs, and further processes in them. */
const STREAMS: readonly Route[] = [
  route("GET", "/containers/{id}/logs", containerLogs, {
    parameters: ["follow", "stdout", "stderr", "since", "until", "timestamps", "tail", "details"],
  }),
  route("POST", "/containers/{id}/attach", attachContainer, {
    parameters: ["logs", "stream", "stdin", "stdout", "stderr", "detachKeys"],
  }),
  route("GET", "/containers/{id}/attach/ws", missing("attaching by WebSocket", "attach by POST, with or without an upgrade")),
  route("POST", "/containers/{id}/resize", resizeContainer, { parameters: ["h", "w"] }),
  route("POST", "/containers/{id}/exec", createExec),
  route("POST", "/exec/{id}/start", startExec),
  route("POST", "/exec/{id}/resize", resizeExec, { parameters: ["h", "w"] }),
  route("GET", "/exec/{id}/json", inspectExec),
];

/** Their files, and images of them. */
const FILES: readonly Route[] = [
  route("GET", "/containers/{id}/changes", containerChanges),
  route("GET", "/containers/{id}/export", exportContainer),
  route("GET", "/containers/{id}/archive", readArchive, { parameters: ["path"] }),
  route("HEAD", "/containers/{id}/archive", statArchive, { parameters: ["path"] }),
  route("PUT", "/containers/{id}/archive", writeArchive, {
    parameters: ["path", "noOverwriteDirNonDir", since("copyUIDGID", "1.30")],
    takesArchive: () => true,
  }),
  route("POST", "/commit", commitContainer, {
    parameters: ["container", "repo", "tag", "comment", "author", "pause", "changes"],
  }),
];

/** Everything about containers. */
export const CONTAINERS: readonly Route[] = [...LIFE, ...LOOK, ...STREAMS, ...FILES];
