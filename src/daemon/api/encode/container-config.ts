import type { ContainerConfig } from "#oci";
import type { ImageConfigJson } from "#wire";
import { createEncoder } from "./encoder.ts";
import type { Row } from "./encoder.ts";

type ConfigRow = Row<ContainerConfig, ImageConfigJson>;

/** Members of containers: an image has nothing to say there, but clients up to 1.49 want to hear it. */
const OF_CONTAINERS: readonly ConfigRow[] = [
  ["Hostname", () => "", { until: "1.50" }],
  ["Domainname", () => "", { until: "1.50" }],
  ["AttachStdin", () => false, { until: "1.50" }],
  ["AttachStdout", () => false, { until: "1.50" }],
  ["AttachStderr", () => false, { until: "1.50" }],
  ["Tty", () => false, { until: "1.50" }],
  ["OpenStdin", () => false, { until: "1.50" }],
  ["StdinOnce", () => false, { until: "1.50" }],
  ["Image", () => "", { until: "1.50" }],
];

/** `Config` of inspect. From 1.52 on a member is there only when it is set; before, most are there all the same. */
export const encodeContainerConfig = createEncoder<ContainerConfig, ImageConfigJson>([
  ...OF_CONTAINERS,
  ["User", ({ User = "" }) => User, { until: "1.52" }],
  ["User", ({ User }) => nonEmpty(User), { since: "1.52" }],
  ["ExposedPorts", ({ ExposedPorts }) => filled(ExposedPorts)],
  ["Env", ({ Env = null }) => Env, { until: "1.52" }],
  ["Env", ({ Env }) => nonEmpty(Env), { since: "1.52" }],
  ["Cmd", ({ Cmd = null }) => Cmd, { until: "1.52" }],
  ["Cmd", ({ Cmd }) => nonEmpty(Cmd), { since: "1.52" }],
  ["Healthcheck", ({ Healthcheck }) => Healthcheck],
  ["ArgsEscaped", ({ ArgsEscaped }) => ArgsEscaped],
  ["Volumes", ({ Volumes = null }) => Volumes, { until: "1.52" }],
  ["Volumes", ({ Volumes }) => filled(Volumes), { since: "1.52" }],
  ["WorkingDir", ({ WorkingDir = "" }) => WorkingDir, { until: "1.52" }],
  ["WorkingDir", ({ WorkingDir }) => nonEmpty(WorkingDir), { since: "1.52" }],
  ["Entrypoint", ({ Entrypoint = null }) => Entrypoint, { until: "1.52" }],
  ["Entrypoint", ({ Entrypoint }) => nonEmpty(Entrypoint), { since: "1.52" }],
  ["OnBuild", ({ OnBuild = null }) => OnBuild, { until: "1.52" }],
  ["OnBuild", ({ OnBuild }) => nonEmpty(OnBuild), { since: "1.52" }],
  ["Labels", ({ Labels = null }) => Labels, { until: "1.52" }],
  ["Labels", ({ Labels }) => filled(Labels), { since: "1.52" }],
  ["StopSignal", ({ StopSignal }) => nonEmpty(StopSignal)],
  ["Shell", ({ Shell }) => nonEmpty(Shell)],
]);

function nonEmpty<T extends string | readonly string[]>(value: T | undefined): T | undefined {
  return value === undefined || value.length === 0 ? undefined : value;
}

function filled<T extends object>(value: T | undefined): T | undefined {
  return value === undefined || Object.keys(value).length === 0 ? undefined : value;
}
