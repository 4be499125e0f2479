import assert from "node:assert/strict";

import { jsonLines, send } from "../workbench/index.ts";

import type { ExpectedImage } from "./expected.ts";

/** Loads an archive; answers names and IDs as the engine printed them. */
export async function loadInto(socket: string, archive: Uint8Array): Promise<string[]> {
  const headers = { "content-type": "application/x-tar" };
  const { status, body } = await send(socket, { method: "POST", path: "/images/load?quiet=1", headers, body: archive });
  assert.equal(status, 200, body.toString());
  const text = jsonLines(body).map((line) => {
    const { stream, error } = line as { stream?: string; error?: string };
    assert.equal(error, undefined);
    return stream ?? "";
  });
  return [...text.join("").matchAll(/^Loaded image(?: ID)?: (.+)$/gm)].map(([, name]) => name ?? "");
}

export async function save(socket: string, names: readonly string[]): Promise<Buffer> {
  const query = names.map((name) => `names=${encodeURIComponent(name)}`).join("&");
  const { status, body, cut } = await send(socket, { method: "GET", path: `/images/get?${query}` });
  assert.equal(status, 200, body.subarray(0, 500).toString());
  assert.ok(!cut, "the archive ends early");
  return body;
}

/** Removes every image of an engine that is ours alone. */
export async function clear(socket: string): Promise<void> {
  const { status, body } = await send(socket, {
    method: "POST",
    path: `/images/prune?filters=${encodeURIComponent('{"dangling":["false"]}')}`,
  });
  assert.equal(status, 200, body.toString());
  assert.deepEqual(await ask(socket, "/images/json?all=1"), []);
}

/** Every image of an engine in the words of the table, by ID. */
export async function imagesOf(socket: string): Promise<Required<ExpectedImage>[]> {
  const rows = await ask<{ Id: string }[]>(socket, "/images/json?all=1");
  const images = await Promise.all(rows.map(({ Id }) => imageOf(socket, Id)));
  return images.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

interface Inspected {
  readonly Id: string;
  readonly RepoTags: readonly string[];
  readonly RootFS: { readonly Layers?: readonly string[] };
  readonly Os: string;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Manifests?: readonly Manifest[];
}

interface Manifest {
  readonly Available: boolean;
  readonly Kind: string;
  readonly Descriptor: { readonly platform?: Platform };
  readonly ImageData?: { readonly Platform: Platform };
}

interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

async function imageOf(socket: string, name: string): Promise<Required<ExpectedImage>> {
  const inspected = await ask<Inspected>(socket, `/v1.48/images/${name}/json?manifests=1`);
  const { Id, RepoTags, RootFS, Os, Architecture, Variant, Manifests = [] } = inspected;
  const own = platformText({ os: Os, architecture: Architecture, ...(Variant && { variant: Variant }) });
  const all = Manifests.filter(({ Kind }) => Kind === "image");
  const available = all.filter((manifest) => manifest.Available).map(platformOf);
  return {
    id: Id,
    names: RepoTags,
    layers: RootFS.Layers ?? [],
    platforms: [own, ...available.filter((platform) => platform !== own)],
    absent: all.filter((manifest) => !manifest.Available).map(platformOf),
  };
}

function platformOf({ ImageData, Descriptor }: Manifest): string {
  const platform = ImageData?.Platform ?? Descriptor.platform;
  return platform === undefined ? "unknown" : platformText(platform);
}

function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter((part) => part !== undefined).join("/");
}

export async function ask<T = unknown>(socket: string, path: string): Promise<T> {
  const { status, body } = await send(socket, { method: "GET", path });
  assert.equal(status, 200, `${path}: ${body.toString()}`);
  return JSON.parse(body.toString()) as T;
}
