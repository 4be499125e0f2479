import type { ImageSummary, ListedImage } from "#images";
import type { ImageSummaryJson } from "#wire";
import { createEncoder } from "./encoder.ts";
import type { Row, Shape } from "./encoder.ts";
import { encodeDescriptor, encodeManifestSummary } from "./manifest-summary.ts";

type ListedRow = Row<ListedImage, ImageSummaryJson>;

const COMMON: readonly ListedRow[] = [
  ["Created", ({ image }) => image.created ?? 0],
  ["Id", ({ image }) => image.id],
  ["Labels", ({ image }) => image.labels ?? null],
  ["ParentId", ({ image }) => image.parent ?? ""],
];

/** `GET /images/json`: one row of the list. */
export const encodeImageSummary = createEncoder<ListedImage, ImageSummaryJson>([
  ["Containers", () => -1, { until: "1.51" }],
  ["Containers", ({ containers }) => containers, { since: "1.51" }],
  ...COMMON,
  ["Descriptor", ({ image }) => encodeDescriptor(image.target), { since: "1.48" }],
  ["Manifests", ({ manifests }) => manifests?.map(encodeManifestSummary), { since: "1.47" }],
  ["RepoDigests", oldDigests, { until: "1.43" }],
  ["RepoDigests", ({ digests }) => digests, { since: "1.43" }],
  ["RepoTags", oldNames, { until: "1.43" }],
  ["RepoTags", ({ names }) => names, { since: "1.43" }],
  ["SharedSize", ({ sharedSize }) => sharedSize ?? -1],
  ["Size", ({ image }) => image.size],
  ["VirtualSize", ({ image }) => image.size, { until: "1.44" }],
]);

/** The same row in `GET /system/df`, where all that is counted is told to every version. */
export const encodeUsedImage = createEncoder<ListedImage, ImageSummaryJson>([
  ["Containers", ({ containers }) => containers],
  ...COMMON,
  ["Descriptor", ({ image }) => encodeDescriptor(image.target)],
  ["RepoDigests", ({ digests }) => digests],
  ["RepoTags", ({ names }) => names],
  ["SharedSize", ({ sharedSize }) => sharedSize ?? 0],
  ["Size", ({ image }) => image.size],
  ["VirtualSize", ({ image }) => image.size, { until: "1.44" }],
]);

/** An image without any reference has these two; one with names only has `null` digests, and the other way round. */
function oldNames({ names, digests }: ListedImage): readonly string[] | null {
  if (names.length > 0) return names;
  return digests.length > 0 ? null : ["<none>:<none>"];
}

function oldDigests({ names, digests }: ListedImage): readonly string[] | null {
  if (digests.length > 0) return digests;
  return names.length > 0 ? null : ["<none>@<none>"];
}

interface Remembered {
  readonly containers: number;
  readonly text: string;
}

/** A summary is the same object until its image changes, so its text is worth keeping for as long as it lives. */
const remembered = new Map<Shape<ListedImage, ImageSummaryJson>, WeakMap<ImageSummary, Remembered>>();

/** The list as JSON text. Rows that say nothing but what their summary does are written once and remembered. */
export function encodeImageList(list: readonly ListedImage[], version: string): string {
  const shape = encodeImageSummary.shapeOf(version);
  const texts = remembered.get(shape) ?? new WeakMap<ImageSummary, Remembered>();
  remembered.set(shape, texts);
  const rows = list.map((listed) => {
    const { image, names, digests, sharedSize, manifests, containers } = listed;
    const isPlain = names === image.names && digests === image.digests && sharedSize === undefined && manifests === undefined;
    if (!isPlain) return JSON.stringify(shape.encode(listed, version));
    const known = texts.get(image);
    if (known?.containers === containers) return known.text;
    const text = JSON.stringify(shape.encode(listed, version));
    texts.set(image, { containers, text });
    return text;
  });
  return `[${rows.join(",")}]`;
}
