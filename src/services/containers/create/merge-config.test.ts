import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerConfig, ContainerSettings } from "#oci";
import { mergeConfig } from "./merge-config.ts";

const NOTHING: ContainerSettings = {
  Hostname: "",
  Domainname: "",
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Image: "x",
};

/** The members that were said, but for those that every container has. */
function merged(user: ContainerConfig, image: ContainerConfig): Readonly<Record<string, unknown>> {
  const entries = Object.entries(mergeConfig({ ...NOTHING, ...user }, image));
  return Object.fromEntries(entries.filter(([name]) => !(name in NOTHING) && name !== "Labels"));
}

test("an entrypoint of one's own takes the image's command away, an empty one only its entrypoint", () => {
  const image = { Entrypoint: ["i"], Cmd: ["c"] };
  assert.deepEqual(merged({}, image), image);
  assert.deepEqual(merged({ Cmd: ["u"] }, image), { Entrypoint: ["i"], Cmd: ["u"] });
  assert.deepEqual(merged({ Entrypoint: ["u"] }, image), { Entrypoint: ["u"] });
  assert.deepEqual(merged({ Entrypoint: [] }, image), { Entrypoint: [], Cmd: ["c"] });
});

test("variables are merged by name, the user's first; sets are united; labels of the user win", () => {
  const image = { Env: ["A=1", "B=1"], ExposedPorts: { "1/tcp": {} }, Volumes: { "/a": {} }, Labels: { a: "i", b: "i" } };
  const user = { Env: ["B=2", "C"], ExposedPorts: { "2/tcp": {} }, Labels: { b: "u" } };
  assert.deepEqual(merged(user, image), {
    Env: ["B=2", "C", "A=1"],
    ExposedPorts: { "1/tcp": {}, "2/tcp": {} },
    Volumes: { "/a": {} },
  });
  assert.deepEqual(mergeConfig({ ...NOTHING, ...user }, image).Labels, { a: "i", b: "u" });
});

test("words of the user win over the image's; a health check is completed", () => {
  const image = {
    User: "i",
    WorkingDir: "/i",
    StopSignal: "INT",
    Healthcheck: { Test: ["CMD", "i"], Interval: 5, Retries: 3 },
  };
  assert.deepEqual(merged({}, { ...image, Shell: ["i"], ArgsEscaped: true }), image);
  const user = { User: "u", WorkingDir: "/u/../v/", StopSignal: "QUIT", Healthcheck: { Interval: 7 } };
  assert.deepEqual(merged(user, image), {
    ...user,
    Healthcheck: { Test: ["CMD", "i"], Interval: 7, Retries: 3 },
  });
});
