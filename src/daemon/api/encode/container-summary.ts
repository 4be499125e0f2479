import type { ContainerSummary } from "#containers";
import type { ContainerSummaryJson, PortJson } from "#wire";
import { isSince } from "../http/is-since.ts";
import { encodeEndpoints, encodeMounts, exposedPorts } from "./container-parts.ts";
import { createEncoder } from "./encoder.ts";
import { encodeDescriptor } from "./manifest-summary.ts";

/** `GET /containers/json`: one row of the list. */
export const encodeContainerSummary = createEncoder<ContainerSummary, ContainerSummaryJson>([
  ["Id", ({ record }) => record.id],
  ["Names", ({ record }) => [`/${record.name}`]],
  ["Image", ({ image }) => image],
  ["ImageID", ({ record }) => record.image ?? ""],
  ["ImageManifestDescriptor", ({ record: { manifest } }) => manifest && encodeDescriptor(manifest), { since: "1.48" }],
  ["Command", ({ record: { path, args } }) => [path, ...args.map(quoted)].join(" ")],
  ["Created", ({ record }) => Math.floor(Date.parse(record.created) / 1000)],
  ["Ports", ({ record }) => exposedPorts(record).map(toPort)],
  ["SizeRw", ({ sizes }) => sizes?.changes || undefined],
  ["SizeRootFs", ({ sizes }) => sizes?.rootFs || undefined],
  ["Labels", ({ record }) => record.config.Labels ?? {}],
  ["State", ({ record }) => record.state.status],
  ["Status", ({ status }) => status],
  ["HostConfig", ({ record: { hostConfig } }, version) => hostSummary(hostConfig, version)],
  ["NetworkSettings", ({ record }) => ({ Networks: encodeEndpoints(record) })],
  ["Mounts", ({ record }) => encodeMounts(record)],
]);

function toPort(text: string): PortJson {
  const [port, protocol = "tcp"] = text.split("/");
  return { PrivatePort: Number(port), Type: protocol };
}

function quoted(word: string): string {
  return word.includes(" ") ? `'${word}'` : word;
}

function hostSummary(
  { NetworkMode, Annotations }: ContainerSummary["record"]["hostConfig"],
  version: string,
): ContainerSummaryJson["HostConfig"] {
  return { NetworkMode, ...(isSince(version, "1.46") && Annotations !== undefined && { Annotations }) };
}
