import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, MEDIA_TYPE, parseManifest } from "#oci";
import type { Descriptor, ImageManifest } from "#oci";
import { isWrittenManifest, LAYER_TYPE, publishedManifest, writeManifest } from "./write-manifest.ts";

const config = Buffer.from("{}");
const layer = (mediaType: string): Descriptor => ({ mediaType, digest: digestOf(mediaType), size: mediaType.length });
const DOCKER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";

function parsed({ bytes }: { readonly bytes: Uint8Array }): ImageManifest {
  const manifest = parseManifest(bytes);
  return manifest.kind === "manifest" ? manifest : assert.fail("an index");
}

test("a manifest is known by its form, and by nothing that resembles it", () => {
  const written = writeManifest(config, [layer(LAYER_TYPE.none), layer(LAYER_TYPE.gzip)]);
  assert.ok(isWrittenManifest(parsed(written), written.bytes));
  const json = JSON.parse(written.bytes.toString()) as object;
  for (const other of [
    JSON.stringify({ ...json, annotations: { a: "b" } }),
    JSON.stringify(json, undefined, 2),
    `${JSON.stringify(json)}\n`,
  ]) {
    const bytes = Buffer.from(other);
    assert.equal(isWrittenManifest(parsed({ bytes }), bytes), false, other);
  }
});

test("gzip goes out in Docker's form, whoever compressed it; Docker has no word for anything else", () => {
  const types = (layers: readonly Descriptor[]): string[] => {
    const { mediaType, config, layers: published } = parsed(publishedManifest({ digest: digestOf("{}"), size: 2 }, layers));
    return [mediaType, config.mediaType, ...published.map((one) => one.mediaType)];
  };
  const gzip = [layer(LAYER_TYPE.gzip), layer(DOCKER_GZIP)];
  assert.deepEqual(types(gzip), [MEDIA_TYPE.dockerManifest, MEDIA_TYPE.dockerConfig, DOCKER_GZIP, DOCKER_GZIP]);
  const oci = [MEDIA_TYPE.ociManifest, MEDIA_TYPE.ociConfig, LAYER_TYPE.gzip, LAYER_TYPE.gzip];
  assert.deepEqual(types([...gzip, layer(LAYER_TYPE.zstd)]), [...oci, LAYER_TYPE.zstd]);
});
