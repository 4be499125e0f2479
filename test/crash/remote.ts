import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { imageOf, sha256, tarOf } from "../workbench/index.ts";
import type { Image } from "../workbench/index.ts";

import { GROUPS, SHARED } from "./population.ts";

/** An image as the registry has it. */
export interface RemoteImage {
  readonly image: Image;
  readonly manifest: Buffer;
  /** Of the manifest. */
  readonly digest: string;
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";
/** Large enough to be on its way when a kill comes. */
const LARGE = 5_000_000;

/** They share layers with each other and with what is loaded. */
export const REMOTE: readonly RemoteImage[] = Array.from({ length: 6 }, (_, index) =>
  remoteImage(
    imageOf([SHARED, GROUPS[index % 2] ?? SHARED, index % 2 === 0 ? large(index) : [{ name: `small-${index}`, data: `${index}` }]], {
      created: `2024-03-${String(index + 1).padStart(2, "0")}T00:00:00Z`,
    }),
  ),
);

/** The images that one tag of the registry moves between. */
export const MOVING: readonly RemoteImage[] = REMOTE.slice(0, 3);

/** Every image by its number as a tag of `crash/remote`. Nothing of Slipway takes part. */
export async function fillRegistry(origin: string): Promise<void> {
  for (const [index, remote] of REMOTE.entries()) {
    for (const blob of [...remote.image.layers, remote.image.config]) await putBlob(origin, blob);
    await putManifest(origin, remote, String(index));
  }
}

export async function putManifest(origin: string, { manifest }: RemoteImage, tag: string): Promise<void> {
  const url = `${origin}/v2/crash/remote/manifests/${tag}`;
  const { status } = await fetch(url, { method: "PUT", headers: { "content-type": MANIFEST }, body: Uint8Array.from(manifest) });
  assert.equal(status, 201);
}

/** The registry has a manifest and everything that it refers to. */
export async function verifyPushed(origin: string, repository: string, { digest, image, manifest }: RemoteImage): Promise<void> {
  const found = await fetch(`${origin}/v2/${repository}/manifests/${digest}`, { headers: { accept: MANIFEST } });
  assert.deepEqual(Buffer.from(await found.arrayBuffer()), manifest);
  for (const blob of [image.id, ...image.diffIds]) {
    const { status } = await fetch(`${origin}/v2/${repository}/blobs/${blob}`, { method: "HEAD" });
    assert.equal(status, 200, `${repository} has ${blob}`);
  }
}

async function putBlob(origin: string, bytes: Buffer): Promise<void> {
  const begun = await fetch(`${origin}/v2/crash/remote/blobs/uploads/`, { method: "POST" });
  const url = new URL(begun.headers.get("location") ?? "", origin);
  url.searchParams.set("digest", sha256(bytes));
  const headers = { "content-type": "application/octet-stream" };
  const { status } = await fetch(url, { method: "PUT", headers, body: Uint8Array.from(bytes) });
  assert.equal(status, 201);
}

function remoteImage(image: Image): RemoteImage {
  const descriptor = (mediaType: string, bytes: Buffer): object => ({ mediaType, digest: sha256(bytes), size: bytes.length });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptor("application/vnd.oci.image.config.v1+json", image.config),
      layers: image.layers.map((layer) => descriptor(LAYER, layer)),
    }),
  );
  return { image, manifest, digest: sha256(manifest) };
}

function large(seed: number): Buffer {
  const data = createHash("shake256", { outputLength: LARGE }).update(`large ${seed}`).digest();
  return tarOf([{ name: `large-${seed}`, data }]);
}
