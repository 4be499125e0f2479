import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "#oci";
import { sampleDetail, TARGET } from "../../../../test/api/sample-images.ts";
import { encodeContainerConfig } from "./container-config.ts";
import { tidyTime } from "./go-time.ts";
import { encodeImageInspect } from "./image-inspect.ts";

/** Which members of inspect come and go; `false` stands for absent. */
const INSPECT = {
  Parent: [
    ["1.51", ""],
    ["1.52", false],
  ],
  Comment: [
    ["1.24", "Imported from -"],
    ["1.55", "Imported from -"],
  ],
  Author: [
    ["1.51", ""],
    ["1.52", false],
  ],
  DockerVersion: [
    ["1.51", ""],
    ["1.52", false],
  ],
  Created: [
    ["1.24", "2026-11-21T05:42:14.9989809Z"],
    ["1.55", "2026-11-21T05:42:14.9989809Z"],
  ],
  Container: [
    ["1.24", false],
    ["1.45", false],
  ],
  VirtualSize: [
    ["1.43", 3],
    ["1.44", false],
  ],
  GraphDriver: [
    ["1.51", { Data: null, Name: "overlayfs" }],
    ["1.52", false],
  ],
  RootFS: [
    ["1.24", { Type: "layers", Layers: [digestOf("layer")] }],
    ["1.55", { Type: "layers", Layers: [digestOf("layer")] }],
  ],
  Metadata: [
    ["1.24", { LastTagTime: "0001-01-01T00:00:00Z" }],
    ["1.55", { LastTagTime: "0001-01-01T00:00:00Z" }],
  ],
  Descriptor: [
    ["1.47", false],
    ["1.48", TARGET],
  ],
  Manifests: [
    ["1.48", false],
    ["1.55", false],
  ],
} as const;

for (const [member, cases] of Object.entries(INSPECT)) {
  test(`inspect has ${member} as each version wants it`, () => {
    for (const [version, expected] of cases) {
      const json: Readonly<Record<string, unknown>> = { ...encodeImageInspect(sampleDetail(), version) };
      assert.deepEqual(json[member] ?? member in json, expected, version);
    }
  });
}

test("an image that does not say when it was made has Go's zero time below 1.44, and none since", () => {
  const { created: _, ...config } = sampleDetail().config;
  const detail = sampleDetail({ config: { ...config, diffIds: [] } });
  assert.equal(encodeImageInspect(detail, "1.43").Created, "0001-01-01T00:00:00Z");
  assert.equal("Created" in encodeImageInspect(detail, "1.44"), false);
  assert.deepEqual(encodeImageInspect(detail, "1.44").RootFS, { Type: "layers" });
});

test("what a classic build noted of its container is shown up to 1.44, and an empty config where there is none", () => {
  const { config } = sampleDetail();
  const built = sampleDetail({ config: { ...config, container: "abc", containerConfig: { Hostname: "h" } } });
  assert.equal(encodeImageInspect(built, "1.44").Container, "abc");
  assert.deepEqual(encodeImageInspect(built, "1.44").ContainerConfig, { Hostname: "h" });
  assert.equal("ContainerConfig" in encodeImageInspect(built, "1.45"), false);
  assert.equal(encodeImageInspect(sampleDetail(), "1.44").ContainerConfig?.Hostname, "");
});

const ALWAYS_AT_1_50 = { User: "", Env: null, Cmd: null, Volumes: null, WorkingDir: "", Entrypoint: null, OnBuild: null, Labels: null };
const ALWAYS_AT_1_49 = {
  ...ALWAYS_AT_1_50,
  Hostname: "",
  Domainname: "",
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Image: "",
};

test("an empty config shows what its version always shows", () => {
  for (const version of ["1.24", "1.49"]) assert.deepEqual(encodeContainerConfig({}, version), ALWAYS_AT_1_49);
  for (const version of ["1.50", "1.51"]) assert.deepEqual(encodeContainerConfig({}, version), ALWAYS_AT_1_50);
  for (const version of ["1.52", "1.55"]) assert.deepEqual(encodeContainerConfig({}, version), {});
});

test("a full config is shown whole in every version", () => {
  const full = {
    User: "u",
    ExposedPorts: { "80/tcp": {} },
    Env: ["A=1"],
    Cmd: ["c"],
    Healthcheck: { Test: ["NONE"] },
    ArgsEscaped: true,
    Volumes: { "/v": {} },
    WorkingDir: "/w",
    Entrypoint: ["e"],
    OnBuild: ["RUN x"],
    Labels: { l: "1" },
    StopSignal: "9",
    Shell: ["sh"],
  };
  for (const version of ["1.50", "1.55"]) assert.deepEqual(encodeContainerConfig(full, version), full);
});

test("times are printed as Go prints them", () => {
  const cases = [
    ["2026-11-21T05:42:14.998980901Z", "2026-11-21T05:42:14.998980901Z"],
    ["2026-11-21T05:42:14.100000000Z", "2026-11-21T05:42:14.1Z"],
    ["2026-11-21T05:42:14.000Z", "2026-11-21T05:42:14Z"],
    ["2026-11-21T05:42:10Z", "2026-11-21T05:42:10Z"],
    ["2026-11-21T05:42:14.5+00:00", "2026-11-21T05:42:14.5Z"],
    ["2026-11-21T05:42:10+00:00", "2026-11-21T05:42:10Z"],
    ["2026-11-21T05:42:14.50+02:00", "2026-11-21T05:42:14.5+02:00"],
    ["yesterday", "yesterday"],
  ] as const;
  for (const [written, printed] of cases) assert.equal(tidyTime(written), printed);
});
