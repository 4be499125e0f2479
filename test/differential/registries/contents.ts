import { configBytes, imageOf } from "../../workbench/index.ts";
import type { Image } from "../../workbench/index.ts";

import { attestationParcel, gzipped, indexParcel, jsonOf, manifestParcel, parcelOf, TYPES } from "./parcels.ts";
import type { Parcel } from "./parcels.ts";

const base = [{ name: "etc/" }, { name: "etc/base", data: "base ".repeat(400) }];
const AMD64 = { platform: { architecture: "amd64", os: "linux" } };
const ARM64 = { platform: { architecture: "arm64", os: "linux", variant: "v8" } };

const app = imageOf([base, [{ name: "app", data: "one ".repeat(900) }]], { config: { Cmd: ["/app"], Labels: { kind: "app" } } });
const next = imageOf([base, [{ name: "app", data: "two ".repeat(900) }]], { config: { Cmd: ["/app"] } });
const tall = imageOf(
  ["one", "two", "three", "four", "five"].map((name) => [{ name, data: `${name} `.repeat(500) }]),
  { created: "2024-03-05T00:00:00Z" },
);
const arm = imageOf([[{ name: "arm", data: "arm" }]], { architecture: "arm64", variant: "v8" });
const windows = imageOf([[{ name: "win", data: "win" }]], { os: "windows", "os.version": "10.0.17763.1" });
const bare = imageOf([], { history: [{ created: "2024-03-01T12:00:00Z", created_by: "LABEL bare", empty_layer: true }] });

export const parcels = {
  app: parcelOf(app),
  next: parcelOf(next),
  tall: parcelOf(tall),
  oci: parcelOf(imageOf([base, [{ name: "oci", data: "oci" }]]), { oci: true }),
  arm: parcelOf(arm),
  windows: parcelOf(windows),
  bare: parcelOf(bare),
  multi: indexParcel(TYPES.list, [
    [parcelOf(app), AMD64],
    [parcelOf(arm), ARM64],
  ]),
  attested: attested(),
  foreign: indexParcel(TYPES.list, [[parcelOf(arm), ARM64]]),
  nested: nested(),
  helm: manifestParcel(TYPES.ociManifest, { bytes: jsonOf({ name: "chart" }), mediaType: "application/vnd.cncf.helm.config.v1+json" }, [
    { bytes: gzipped(Buffer.from("chart")), mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip" },
  ]),
  artifact: manifestParcel(
    TYPES.ociManifest,
    { bytes: Buffer.from("{}"), mediaType: "application/vnd.oci.empty.v1+json" },
    [{ bytes: Buffer.from("a file"), mediaType: "text/plain" }],
    { artifactType: "application/vnd.example.thing" },
  ),
  wrongDiff: withDiffIds(app, (diffIds) => diffIds.toReversed()),
  tooFew: withDiffIds(app, (diffIds) => diffIds.slice(1)),
  noTar: manifestParcel(TYPES.manifest, { bytes: configBytes({}, [`sha256:${"1".repeat(64)}`]), mediaType: TYPES.config }, [
    { bytes: Buffer.from("this is no archive"), mediaType: TYPES.layer },
  ]),
} satisfies Record<string, Parcel>;

/** `repository:tag` of the plain registry. */
export const shelf: Readonly<Record<string, Parcel>> = {
  "t/app:1": parcels.app,
  "t/app:2": parcels.next,
  "t/same:1": parcels.app,
  "t/tall:1": parcels.tall,
  "t/oci:1": parcels.oci,
  "t/arm:1": parcels.arm,
  "t/windows:1": parcels.windows,
  "t/bare:1": parcels.bare,
  "t/multi:1": parcels.multi,
  "t/attested:1": parcels.attested,
  "t/foreign:1": parcels.foreign,
  "t/nested:1": parcels.nested,
  "t/helm:1": parcels.helm,
  "t/artifact:1": parcels.artifact,
  "t/wrong-diff:1": parcels.wrongDiff,
  "t/too-few:1": parcels.tooFew,
  "t/no-tar:1": parcels.noTar,
};

/** An image that nothing else shares a layer with. */
export function imageOfFault(name: string): Parcel {
  return parcelOf(imageOf([[{ name: "base", data: `base of ${name}` }], [{ name: "top", data: `top of ${name} `.repeat(200) }]]));
}

function attested(): Parcel {
  const [here, there] = [parcelOf(app, { oci: true }), parcelOf(arm, { oci: true })];
  return indexParcel(TYPES.ociIndex, [[here, AMD64], [there, ARM64], attestationParcel(here), attestationParcel(there)]);
}

function nested(): Parcel {
  const inner = indexParcel(TYPES.ociIndex, [[parcelOf(next, { oci: true }), AMD64]]);
  return indexParcel(TYPES.ociIndex, [
    [inner, AMD64],
    [parcelOf(arm, { oci: true }), ARM64],
  ]);
}

function withDiffIds(image: Image, change: (diffIds: readonly string[]) => readonly string[]): Parcel {
  return parcelOf({ ...image, config: configBytes({ history: [] }, change(image.diffIds)) });
}
