import { gzipSync } from "node:zlib";

import { configBytes, dockerArchive, imageOf, legacyArchive, ociArchive, tarOf } from "../workbench/index.ts";
import type { ConfigParts, Image, TarFile } from "../workbench/index.ts";

// Created a day apart, so that lists have one order.
const base: readonly TarFile[] = [
  { name: "etc/", mtime: 1 },
  { name: "etc/alpha", data: "alpha\n", mtime: 1 },
];

export const alpha = imageOf([base], {
  created: "2024-01-01T10:20:30.123456789Z",
  author: "Ada <ada@example.com>",
  docker_version: "1.2.3",
  config: {
    Hostname: "builder",
    User: "1000:1000",
    ExposedPorts: { "80/tcp": {}, "53/udp": {} },
    Env: ["PATH=/bin", "QUOTED=<a & b>"],
    Cmd: ["sh", "-c", "echo <alpha> & wait"],
    Entrypoint: ["/init"],
    Volumes: { "/data": {} },
    WorkingDir: "/work",
    OnBuild: ["RUN true"],
    Labels: { stage: "alpha", empty: "", "com.example.markup": "<b>&amp;</b>" },
    StopSignal: "SIGUSR1",
    Shell: ["/bin/sh", "-c"],
    Healthcheck: { Test: ["CMD", "true"], Interval: 1_000_000_000, Retries: 3 },
  },
  history: [
    { created: "2024-01-01T10:20:29Z", created_by: "COPY etc <etc>", comment: "first" },
    { created: "2024-01-01T10:20:30.123456789Z", created_by: "CMD wait", comment: "last", author: "Ada", empty_layer: true },
  ],
});

export const beta = imageOf([base, [{ name: "etc/beta", data: "beta\n" }]], dated(2, { config: { Labels: { stage: "beta", flag: "" } } }));
export const arm = imageOf([[{ name: "arm", data: "arm" }]], dated(3, { architecture: "arm64", variant: "v8", config: { Cmd: ["arm"] } }));
export const nameless = imageOf([[{ name: "nameless", data: "who" }]], dated(4, { config: { Labels: { stage: "nameless" } } }));
const betaAgain = imageOf([base, [{ name: "etc/beta", data: "beta again\n" }]], dated(8, { config: { Env: ["A=1"] } }));
const one = imageOf([[{ name: "one", data: "1" }]], dated(9));
const two = imageOf([[{ name: "one", data: "1" }], [{ name: "two", data: "2" }]], dated(10, { config: { Env: ["TWO=2"] } }));
/** Nothing but a root file system: no date, no history, no config. */
export const bare = imageOf([[{ name: "bare", data: "bare" }]], { created: undefined, history: undefined });
/** Not even a layer. */
const hollow = imageOf([], dated(11, { history: [{ created: "2024-01-11T00:00:00Z", created_by: "LABEL", empty_layer: true }] }));

// Each generation adds one entry to the history of the one before, which is what makes a parent for Docker.
const grand = generation(5, 1);
const parent = generation(6, 2);
const kid = generation(7, 3);
const twin = generation(12, 3, { twin: "yes" });

/** Archives by what is to be seen in them. */
export const good = {
  alpha: tarOf(dockerArchive([{ image: alpha, tags: ["alpha:1", "alpha:2", "team/alpha:1", "localhost:5000/alpha:1"] }])),
  beta: tarOf(dockerArchive([{ image: beta, tags: ["beta:latest"] }])),
  arm: tarOf(dockerArchive([{ image: arm, tags: ["arm:1"] }])),
  nameless: tarOf(dockerArchive([{ image: nameless }])),
  betaAgain: gzipSync(tarOf(dockerArchive([{ image: betaAgain, tags: ["beta:latest"] }]))),
  several: tarOf(
    legacyArchive([
      { image: one, tags: ["one:1"] },
      { image: two, tags: ["two:1", "docker.io/library/two:full"] },
    ]),
  ),
  taggedThenNameless: tarOf(dockerArchive([{ image: one, tags: ["mixed:1"] }, { image: bare }])),
  bare: tarOf(dockerArchive([{ image: bare, tags: ["bare:1"] }])),
  hollow: tarOf(dockerArchive([{ image: hollow, tags: ["hollow:1"] }])),
  family: tarOf(
    dockerArchive([
      { image: grand },
      { image: parent, parent: grand.id },
      { image: kid, tags: ["kid:1"], parent: parent.id },
      { image: twin, tags: ["twin:1"], parent: parent.id },
    ]),
  ),
  emptyTags: tarOf(dockerArchive([{ image: nameless, tags: [] }])),
};

const INDEX_NAME = { "io.containerd.image.name": "docker.io/library/multi:1", "org.opencontainers.image.ref.name": "1" };
const second = imageOf([[{ name: "amd", data: "amd" }]], dated(14));

/** OCI layouts, which only a multi-platform store takes. */
export const layouts = {
  single: tarOf(
    ociArchive([
      {
        image: imageOf([[{ name: "oci", data: "oci" }]], dated(13)),
        annotations: { "io.containerd.image.name": "docker.io/library/oci:1" },
      },
    ]),
  ),
  multi: tarOf(
    ociArchive(
      [
        { image: second, platform: { architecture: "amd64", os: "linux" } },
        {
          image: imageOf([[{ name: "a64", data: "a64" }]], dated(15, { architecture: "arm64", variant: "v8" })),
          platform: { architecture: "arm64", os: "linux", variant: "v8" },
        },
      ],
      { annotations: INDEX_NAME },
    ),
  ),
};

/** Shares nothing with the good ones: a store that knows a layer need not read it. */
const broken = imageOf([[{ name: "broken", data: "broken" }]], dated(16));
const sound = dockerArchive([{ image: broken, tags: ["broken:1"] }]);

/** Archives that must be refused, by what is wrong with them. */
export const bad: Readonly<Record<string, Buffer>> = {
  "an empty body": Buffer.alloc(0),
  "random bytes": Buffer.alloc(2048, "garbage. "),
  "a truncated layer": tarOf(sound).subarray(0, 3000),
  "no manifest": tarOf([{ name: "readme", data: "hello" }]),
  "a null manifest": tarOf([{ name: "manifest.json", data: "null" }]),
  "an empty manifest": tarOf([{ name: "manifest.json", data: "[]" }]),
  "a manifest that is not JSON": tarOf([{ name: "manifest.json", data: "xyz" }]),
  "a manifest that is an object": tarOf([{ name: "manifest.json", data: "{}" }]),
  "a missing config": archiveWith([{ Config: "nope.json", RepoTags: ["broken:1"], Layers: [] }]),
  "a missing layer": archiveWith([{ Config: "config.json", RepoTags: null, Layers: ["nope.tar"] }]),
  "a config outside": archiveWith([{ Config: "../../etc/passwd", RepoTags: null, Layers: [] }]),
  "fewer layers than diff IDs": archiveWith([{ Config: "config.json", RepoTags: ["broken:1"], Layers: [] }]),
  "more layers than diff IDs": archiveWith([{ Config: "config.json", RepoTags: ["broken:1"], Layers: ["layer.tar", "layer.tar"] }]),
  "a layer with another diff ID": archiveWith([{ Config: "config.json", RepoTags: ["broken:1"], Layers: ["other.tar"] }]),
  "a config that is not JSON": archiveWith([{ Config: "other.tar", RepoTags: null, Layers: [] }]),
  "a config without rootfs": archiveWith([{ Config: "rootless.json", RepoTags: null, Layers: [] }]),
  "a windows image": archiveWith([{ Config: "windows.json", RepoTags: ["broken:windows"], Layers: ["layer.tar"] }]),
  "a tag in capitals": archiveWith([{ Config: "config.json", RepoTags: ["UPPER/Broken:1"], Layers: ["layer.tar"] }]),
  "a tag with a digest": archiveWith([{ Config: "config.json", RepoTags: [`broken@${broken.id}`], Layers: ["layer.tar"] }]),
  "a tag without a tag": archiveWith([{ Config: "config.json", RepoTags: ["broken"], Layers: ["layer.tar"] }]),
  "an entry that climbs out": tarOf([...sound, { name: "../../evil", data: "evil" }]),
};

/** A root file system for imports. */
export const rootfs = tarOf([
  { name: "bin/", mtime: 5 },
  { name: "bin/tool", data: "#!/bin/true\n", mode: 0o755, mtime: 5 },
]);

/** Every image ID that an archive brings, by the name under which the conversation learns it. */
export const expectedIds: Readonly<Record<string, string>> = {
  alpha: alpha.id,
  beta: beta.id,
  arm: arm.id,
  betaAgain: betaAgain.id,
  one: one.id,
  two: two.id,
  bare: bare.id,
  hollow: hollow.id,
  nameless: nameless.id,
  kid: kid.id,
  twin: twin.id,
  parent: parent.id,
  grand: grand.id,
  multi: second.id,
};

function archiveWith(manifest: readonly object[]): Buffer {
  const layer = broken.layers[0] ?? Buffer.alloc(0);
  return tarOf([
    { name: "manifest.json", data: JSON.stringify(manifest) },
    { name: "config.json", data: broken.config },
    { name: "windows.json", data: configBytes({ os: "windows" }, broken.diffIds) },
    { name: "rootless.json", data: '{"architecture":"amd64","os":"linux"}' },
    { name: "layer.tar", data: layer },
    { name: "other.tar", data: tarOf([{ name: "other", data: "other" }]) },
  ]);
}

function dated(day: number, parts: ConfigParts = {}): ConfigParts {
  return { created: `2024-01-${String(day).padStart(2, "0")}T00:00:00Z`, ...parts };
}

function generation(day: number, count: number, labels: Readonly<Record<string, string>> = {}): Image {
  const layers = Array.from({ length: count }, (_, index) => [{ name: `generation-${index}`, data: `${index}` }]);
  const history = layers.map((_, index) => ({ created: `2024-01-0${5 + index}T00:00:00Z`, created_by: `RUN step ${index}` }));
  return imageOf(layers, dated(day, { history, config: { Labels: { family: "yes", ...labels } } }));
}
