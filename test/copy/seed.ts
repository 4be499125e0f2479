import assert from "node:assert/strict";
import type { Piece, Whole } from "../v2/content.ts";
import { imageOf, indexOf } from "../v2/content.ts";

/** A repository of a registry over plain HTTP, by nothing of ours. */
export interface RawRepository {
  readonly host: string;
  readonly path: string;
  /** `Authorization` of every request. */
  readonly authorization?: string;
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Blobs, parts, whole; under its digest and the tags. */
export async function seed<W extends Whole>(repository: RawRepository, whole: W, ...tags: readonly string[]): Promise<W> {
  for (const blob of whole.blobs) await putBlob(repository, blob);
  for (const part of whole.manifests) await putManifest(repository, part, part.descriptor.digest);
  for (const reference of [whole.descriptor.digest, ...tags]) await putManifest(repository, whole, reference);
  return whole;
}

export async function putManifest(repository: RawRepository, { bytes, descriptor }: Piece, reference: string): Promise<void> {
  const headers = { "Content-Type": descriptor.mediaType };
  await ask(repository, 201, `PUT manifests/${reference}`, { body: bytes, headers });
}

/** The bytes under a tag or digest; `undefined` when there are none. */
export async function manifest(repository: RawRepository, reference: string): Promise<Buffer | undefined> {
  const headers = { Accept: "*/*, application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json" };
  const response = await send(repository, `GET manifests/${reference}`, { headers });
  if (response.status === 404) return undefined;
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
}

export async function hasBlob(repository: RawRepository, digest: string): Promise<boolean> {
  return (await send(repository, `HEAD blobs/${digest}`)).status === 200;
}

/** An index of two platforms. */
export function twoPlatforms(): Whole & { readonly parts: readonly [Whole, Whole] } {
  const amd64 = withPlatform(imageOf({ architecture: "amd64" }), { os: "linux", architecture: "amd64" });
  const arm64 = withPlatform(imageOf({ architecture: "arm64" }), { os: "linux", architecture: "arm64" });
  return { ...indexOf([amd64, arm64]), parts: [amd64, arm64] };
}

function withPlatform(image: Whole, platform: object): Whole {
  return { ...image, descriptor: { ...image.descriptor, platform } };
}

async function putBlob(repository: RawRepository, { bytes, descriptor }: Piece): Promise<void> {
  const begun = await ask(repository, 202, "POST blobs/uploads/", { headers: { "Content-Length": "0" } });
  const url = new URL(begun.headers.get("location") ?? "", `http://${repository.host}`);
  url.searchParams.set("digest", descriptor.digest);
  const response = await fetch(url, { method: "PUT", body: new Uint8Array(bytes), headers: headersOf(repository) });
  assert.equal(response.status, 201, await response.text());
}

async function ask(repository: RawRepository, status: number, line: string, options: Sending = {}): Promise<Response> {
  const response = await send(repository, line, options);
  assert.equal(response.status, status, `${line}: ${await response.clone().text()}`);
  return response;
}

interface Sending {
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

function send(repository: RawRepository, line: string, { body, headers = {} }: Sending = {}): Promise<Response> {
  const [method = "", what = ""] = line.split(" ");
  return fetch(`http://${repository.host}/v2/${repository.path}/${what}`, {
    method,
    headers: { ...headersOf(repository), ...headers },
    ...(body !== undefined && { body: new Uint8Array(body) }),
  });
}

function headersOf({ authorization }: RawRepository): Record<string, string> {
  return authorization === undefined ? {} : { Authorization: authorization };
}
