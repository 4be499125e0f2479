import { createHash } from "node:crypto";
import { createGzip } from "node:zlib";
import { Readable } from "node:stream";
import { tarEnd, tarFile, tarHeader, tarPadding } from "./tar-writer.ts";

/** A layer of the corpus: the same bytes each time `tar` is asked for. */
export interface Layer {
  readonly size: number;
  readonly diffId: string;
  tar(): AsyncIterable<Uint8Array>;
}

/** What an archive is to be made of: tags, and a config whose labels let the bench find and remove its images. */
export interface ArchivedImage {
  readonly tags: readonly string[];
  readonly config: Buffer;
}

/** The label on every image of the corpus; its value names the part of the corpus. Clean-up goes by it. */
export const CORPUS_LABEL = "local.bench.corpus";

export function imageConfig(part: string, layers: readonly Layer[], options: { serial?: number; history?: number } = {}): Buffer {
  const serial = options.serial ?? 0;
  const created = new Date(Date.UTC(2024, 0, 1) + serial * 1000).toISOString();
  const steps = layers.map((_, index) => ({ created, created_by: `COPY layer-${index} / # bench`, comment: "bench" }));
  const settings = Array.from({ length: options.history ?? 4 }, (_, index) => ({
    created,
    created_by: `ENV SETTING_${index}=value`,
    empty_layer: true,
  }));
  return Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      created,
      config: {
        Env: ["PATH=/usr/local/bin:/usr/bin:/bin", `SERIAL=${serial}`],
        Cmd: ["/bin/sh"],
        Labels: { [CORPUS_LABEL]: part, "local.bench.serial": String(serial) },
      },
      rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
      history: [...steps, ...settings],
    }),
  );
}

/** The layout that `docker save` wrote for most of its life: plain layers, `manifest.json` last. */
export async function* dockerArchive(images: readonly ArchivedImage[], layers: readonly Layer[]): AsyncGenerator<Uint8Array> {
  for (const layer of layers) {
    yield tarHeader({ path: layerPath(layer), size: layer.size });
    yield* layer.tar();
    yield tarPadding(layer.size);
  }
  for (const image of images) yield tarFile(`${sha256(image.config)}.json`, image.config);
  const manifest = images.map((image) => ({
    Config: `${sha256(image.config)}.json`,
    RepoTags: image.tags.length === 0 ? null : image.tags,
    Layers: layers.map(layerPath),
  }));
  yield tarFile("manifest.json", Buffer.from(JSON.stringify(manifest)));
  yield tarEnd();
}

/** An OCI layout with gzip layers, and a `manifest.json` beside the index so that every engine can load it. */
export async function* ociArchive(image: ArchivedImage, layers: readonly Layer[]): AsyncGenerator<Uint8Array> {
  const tag = image.tags[0] ?? "";
  yield tarFile("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  const blobs: { digest: string; size: number }[] = [];
  for (const layer of layers) {
    const bytes = await compressed(layer);
    blobs.push({ digest: sha256(bytes), size: bytes.length });
    yield tarFile(blobPath(sha256(bytes)), bytes);
  }
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: descriptor("application/vnd.oci.image.config.v1+json", image.config),
      layers: blobs.map((blob) => ({
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: `sha256:${blob.digest}`,
        size: blob.size,
      })),
    }),
  );
  const annotations = { "io.containerd.image.name": tag, "org.opencontainers.image.ref.name": tag.slice(tag.lastIndexOf(":") + 1) };
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{ ...descriptor("application/vnd.oci.image.manifest.v1+json", manifest), annotations }],
  };
  const dockerManifest = [
    { Config: blobPath(sha256(image.config)), RepoTags: image.tags, Layers: blobs.map((blob) => blobPath(blob.digest)) },
  ];
  yield tarFile(blobPath(sha256(image.config)), image.config);
  yield tarFile(blobPath(sha256(manifest)), manifest);
  yield tarFile("index.json", Buffer.from(JSON.stringify(index)));
  yield tarFile("manifest.json", Buffer.from(JSON.stringify(dockerManifest)));
  yield tarEnd();
}

/** Gives a layer its size and digest by reading it once. */
export async function measureLayer(tar: () => AsyncIterable<Uint8Array>): Promise<Layer> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of tar()) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, diffId: `sha256:${hash.digest("hex")}`, tar };
}

async function compressed(layer: Layer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of Readable.from(layer.tar()).pipe(createGzip({ level: 6 })) as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function descriptor(mediaType: string, bytes: Buffer): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
}

function layerPath(layer: Layer): string {
  return `${layer.diffId.slice(7)}/layer.tar`;
}

function blobPath(hex: string): string {
  return `blobs/sha256/${hex}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
