import type { ContainerDetail } from "#containers";
import type { ContainerConfigJson, ContainerInspectJson, ContainerStateJson, NetworkSettingsJson } from "#wire";
import { encodeEndpoints, encodeMounts, exposedPorts, ofThisRun } from "./container-parts.ts";
import { createEncoder } from "./encoder.ts";
import { tidyTime, ZERO_TIME } from "./go-time.ts";
import { encodeDescriptor } from "./manifest-summary.ts";

const DRIVER = "overlayfs";

const encodeNetwork = createEncoder<ContainerDetail, NetworkSettingsJson>([
  ["Bridge", () => "", { until: "1.52" }],
  ["SandboxID", ({ record }) => ofThisRun(record, "sandbox")],
  ["SandboxKey", ({ pid }) => (pid === 0 ? "" : `/proc/${pid}/ns/net`)],
  ["Ports", ({ record }) => Object.fromEntries(exposedPorts(record).map((port) => [port, null]))],
  ["HairpinMode", () => false, { until: "1.52" }],
  ["LinkLocalIPv6Address", () => "", { until: "1.52" }],
  ["LinkLocalIPv6PrefixLen", () => 0, { until: "1.52" }],
  ["SecondaryIPAddresses", () => null, { until: "1.52" }],
  ["SecondaryIPv6Addresses", () => null, { until: "1.52" }],
  ["EndpointID", () => "", { until: "1.52" }],
  ["Gateway", () => "", { until: "1.52" }],
  ["GlobalIPv6Address", () => "", { until: "1.52" }],
  ["GlobalIPv6PrefixLen", () => 0, { until: "1.52" }],
  ["IPAddress", () => "", { until: "1.52" }],
  ["IPPrefixLen", () => 0, { until: "1.52" }],
  ["IPv6Gateway", () => "", { until: "1.52" }],
  ["MacAddress", () => "", { until: "1.52" }],
  ["Networks", ({ record }) => encodeEndpoints(record)],
]);

/** `GET /containers/{id}/json`. */
export const encodeContainerInspect = createEncoder<ContainerDetail, ContainerInspectJson>([
  ["Id", ({ record }) => record.id],
  ["Created", ({ record }) => tidyTime(record.created)],
  ["Path", ({ record }) => record.path],
  ["Args", ({ record }) => record.args],
  ["State", encodeState],
  ["Image", ({ record }) => record.image ?? ""],
  ["ResolvConfPath", (detail) => fileOf(detail, "resolv.conf")],
  ["HostnamePath", (detail) => fileOf(detail, "hostname")],
  ["HostsPath", (detail) => fileOf(detail, "hosts")],
  ["LogPath", (detail) => (detail.record.hostConfig.LogConfig.Type === "json-file" ? fileOf(detail, `${detail.record.id}-json.log`) : "")],
  ["Name", ({ record }) => `/${record.name}`],
  ["RestartCount", ({ record }) => record.restartCount],
  ["Driver", () => DRIVER],
  ["Platform", ({ record }) => record.platform.os],
  ["MountLabel", () => ""],
  ["ProcessLabel", () => ""],
  ["AppArmorProfile", () => ""],
  ["ExecIDs", ({ execIds }) => (execIds.length === 0 ? null : execIds)],
  ["HostConfig", ({ record }) => record.hostConfig],
  ["GraphDriver", () => ({ Data: null, Name: DRIVER }), { until: "1.52" }],
  ["Storage", () => ({ RootFS: { Snapshot: { Name: DRIVER } } }), { since: "1.52" }],
  ["SizeRw", ({ sizes }) => sizes?.changes],
  ["SizeRootFs", ({ sizes }) => sizes?.rootFs],
  ["Mounts", ({ record }) => encodeMounts(record)],
  ["Config", ({ record }) => encodeConfig(record.config)],
  ["NetworkSettings", encodeNetwork],
  ["ImageManifestDescriptor", ({ record: { manifest } }) => manifest && encodeDescriptor(manifest), { since: "1.48" }],
]);

function encodeState({ record, pid, health }: ContainerDetail): ContainerStateJson {
  const { status, exitCode, error, isOomKilled, startedAt, finishedAt } = record.state;
  return {
    Status: status,
    Running: status === "running" || status === "paused",
    Paused: status === "paused",
    Restarting: false,
    OOMKilled: isOomKilled,
    Dead: status === "dead",
    Pid: pid,
    ExitCode: exitCode,
    Error: error,
    StartedAt: startedAt === undefined ? ZERO_TIME : tidyTime(startedAt),
    FinishedAt: finishedAt === undefined ? ZERO_TIME : tidyTime(finishedAt),
    ...(health !== undefined && { Health: encodeHealth(health) }),
  };
}

function encodeHealth({ status, failingStreak, log }: NonNullable<ContainerDetail["health"]>): NonNullable<ContainerStateJson["Health"]> {
  const rows = log.map(({ start, end, exitCode, output }) => ({ Start: start, End: end, ExitCode: exitCode, Output: output }));
  return { Status: status, FailingStreak: failingStreak, Log: rows };
}

/** These are made at the first start. */
function fileOf({ record, folder }: ContainerDetail, name: string): string {
  return record.state.startedAt === undefined ? "" : `${folder}/${name}`;
}

/** In Docker's order. */
function encodeConfig(config: ContainerDetail["record"]["config"]): ContainerConfigJson {
  const { ExposedPorts, Healthcheck, ArgsEscaped, NetworkDisabled, MacAddress, StopSignal, StopTimeout, Shell } = config;
  return {
    Hostname: config.Hostname,
    Domainname: config.Domainname,
    User: config.User ?? "",
    AttachStdin: config.AttachStdin,
    AttachStdout: config.AttachStdout,
    AttachStderr: config.AttachStderr,
    ...(ExposedPorts !== undefined && Object.keys(ExposedPorts).length > 0 && { ExposedPorts }),
    Tty: config.Tty,
    OpenStdin: config.OpenStdin,
    StdinOnce: config.StdinOnce,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...(Healthcheck !== undefined && { Healthcheck }),
    ...(ArgsEscaped === true && { ArgsEscaped }),
    Image: config.Image,
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? "",
    Entrypoint: config.Entrypoint ?? null,
    ...(NetworkDisabled === true && { NetworkDisabled }),
    ...(MacAddress !== undefined && { MacAddress }),
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ?? {},
    ...(StopSignal !== undefined && { StopSignal }),
    ...(StopTimeout !== undefined && { StopTimeout }),
    ...(Shell !== undefined && { Shell }),
  };
}
