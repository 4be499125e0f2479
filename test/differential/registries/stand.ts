import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { startHostileRegistry } from "../../fixtures/hostile-registry.ts";
import { PASSWORD, startRegistry } from "../../fixtures/registry.ts";
import type { RunningRegistry } from "../../fixtures/registry.ts";
import { sha256 } from "../../workbench/index.ts";

import { imageOfFault, parcels, shelf } from "./contents.ts";
import { faultyRegistry } from "./faults.ts";
import type { Parcel } from "./parcels.ts";

/** Repositories of the faulty registry that have an image. */
const FAULTY_IMAGES = ["no-layer", "no-config", "wrong-bytes", "wrong-config", "wrong-manifest", "busy-layer", "denied-layer", "cut"];

/** Registries to speak of, by the names under which the conversation knows them. */
export interface Stand extends AsyncDisposable {
  /**
   * Hosts: `plain`, `private` (user `ada`), `faulty`, `absent` (nobody listens), `unsafe` (the faulty one by a name
   * that wants TLS). Digests: of every manifest, config and layer.
   */
  readonly known: ReadonlyMap<string, string>;
}

export async function openStand(): Promise<Stand> {
  await using undo = new AsyncDisposableStack();
  const plain = undo.use(await startRegistry());
  const secret = undo.use(await startRegistry({ users: ["ada"] }));
  const faulty = undo.use(await startHostileRegistry());
  faulty.play(faultyRegistry(() => faulty.origin));
  for (const [name, parcel] of Object.entries(shelf)) await put(plain, name, parcel);
  await put(secret, "t/app:1", parcels.app, { authorization: `Basic ${Buffer.from(`ada:${PASSWORD}`).toString("base64")}` });
  const hosts = {
    plain: plain.host,
    private: secret.host,
    faulty: faulty.host,
    absent: `127.0.0.1:${await freePort()}`,
    // No address of the loopback, so that nobody takes it for insecure; and yet it leads there.
    unsafe: faulty.host.replace("127.0.0.1", "0.0.0.0"),
  };
  const opened = undo.move();
  return {
    known: new Map([...Object.entries(hosts), ["zeros", "0".repeat(64)], ...digests()]),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function* digests(): Generator<[name: string, digest: string]> {
  const seen = new Set<string>();
  const named = function* (name: string, digest: string): Generator<[string, string]> {
    if (!seen.has(digest)) yield [name, digest];
    seen.add(digest);
  };
  const faults = FAULTY_IMAGES.map((name): [string, Parcel] => [name, imageOfFault(`f/${name}`)]);
  for (const [name, { root, manifests, blobs }] of [...Object.entries(parcels), ...faults]) {
    yield* named(name, root.digest);
    const below = manifests.filter(({ described }) => described.digest !== root.digest);
    for (const [index, { described }] of below.entries()) yield* named(`${name}Manifest${index + 1}`, described.digest);
    for (const [index, bytes] of blobs.entries()) yield* named(`${name}Blob${index}`, sha256(bytes));
    for (const [index, diffId] of diffIdsOf(blobs[0]).entries()) yield* named(`${name}Diff${index + 1}`, diffId);
  }
}

function diffIdsOf(config: Buffer | undefined): readonly string[] {
  const { rootfs } = JSON.parse(String(config)) as { rootfs?: { diff_ids: readonly string[] } };
  return rootfs?.diff_ids ?? [];
}

async function put(
  { origin }: RunningRegistry,
  name: string,
  parcel: Parcel,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const [repository = "", tag = ""] = name.split(":");
  const ask = async (method: string, url: string, body?: Buffer, type = "application/octet-stream"): Promise<Response> => {
    const response = await fetch(url, {
      method,
      headers: { ...headers, "content-type": type },
      ...(body && { body: new Uint8Array(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
    return response;
  };
  for (const bytes of parcel.blobs) {
    const place = new URL((await ask("POST", `${origin}/v2/${repository}/blobs/uploads/`)).headers.get("location") ?? "", origin);
    place.searchParams.set("digest", sha256(bytes));
    await ask("PUT", place.href, bytes);
  }
  for (const { described, bytes } of parcel.manifests) {
    const reference = described.digest === parcel.root.digest ? tag : described.digest;
    await ask("PUT", `${origin}/v2/${repository}/manifests/${reference}`, bytes, described.mediaType);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
