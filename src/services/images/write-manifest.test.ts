import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, MEDIA_TYPE, parseManifest } from "#oci";
import type { Descriptor, ImageManifest } from "#oci";
import { isWritten, LAYER_TYPE, publishedForm, publishedIndex, publishedManifest, writeIndex, writeManifest } from "./write-manifest.ts";

const config = Buffer.from("{}");
const layer = (mediaType: string): Descriptor => ({ mediaType, digest: digestOf(mediaType), size: mediaType.length });
const DOCKER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";

function parsed({ bytes }: { readonly bytes: Uint8Array }): ImageManifest {
  const manifest = parseManifest(bytes);
  return manifest.kind === "manifest" ? manifest : assert.fail("an index");
}

test("a manifest and an index are known by their form, and by nothing that resembles it", () => {
  const manifest = writeManifest(config, [layer(LAYER_TYPE.none), layer(LAYER_TYPE.gzip)]);
  const platform = { os: "linux", architecture: "arm", variant: "v7" };
  for (const { bytes: written } of [manifest, writeIndex([{ ...manifest.descriptor, platform }, manifest.descriptor])]) {
    assert.ok(isWritten(parseManifest(written), written));
    const json = JSON.parse(written.toString()) as object;
    for (const other of [
      JSON.stringify({ ...json, annotations: { a: "b" } }),
      JSON.stringify(json, undefined, 2),
      `${JSON.stringify(json)}\n`,
    ]) {
      const bytes = Buffer.from(other);
      assert.equal(isWritten(parseManifest(bytes), bytes), false, other);
    }
  }
  const { bytes } = writeIndex([{ ...manifest.descriptor, annotations: { a: "b" } }]);
  const annotated = Buffer.from(bytes.toString().replace(/}]}$/, ',"annotations":{"a":"b"}}]}'));
  assert.equal(isWritten(parseManifest(annotated), annotated), false);
});

test("an index has its manifests' platforms, and the type that goes with their form", () => {
  const { descriptor } = writeManifest(config, []);
  const platform = { os: "linux", architecture: "arm", variant: "v7" };
  const { bytes } = publishedIndex([{ ...descriptor, platform }], "docker");
  const manifests = [{ ...descriptor, platform: { architecture: "arm", os: "linux", variant: "v7" } }];
  assert.equal(bytes.toString(), JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.dockerIndex, manifests }));
  assert.equal(publishedIndex([], "oci").descriptor.mediaType, MEDIA_TYPE.ociIndex);
});

test("gzip goes out in Docker's form, whoever compressed it; Docker has no word for anything else", () => {
  const types = (layers: readonly Descriptor[]): string[] => {
    const {
      mediaType,
      config,
      layers: published,
    } = parsed(publishedManifest({ config: { digest: digestOf("{}"), size: 2 }, layers }, publishedForm(layers)));
    return [mediaType, config.mediaType, ...published.map((one) => one.mediaType)];
  };
  const gzip = [layer(LAYER_TYPE.gzip), layer(DOCKER_GZIP)];
  assert.deepEqual(types(gzip), [MEDIA_TYPE.dockerManifest, MEDIA_TYPE.dockerConfig, DOCKER_GZIP, DOCKER_GZIP]);
  const oci = [MEDIA_TYPE.ociManifest, MEDIA_TYPE.ociConfig, LAYER_TYPE.gzip, LAYER_TYPE.gzip];
  assert.deepEqual(types([...gzip, layer(LAYER_TYPE.zstd)]), [...oci, LAYER_TYPE.zstd]);
});
