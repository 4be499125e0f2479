import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import { openEngine } from "#engine";
import type { CopyEvent, CopyRequest, Engine } from "#engine";
import { startBreakingWire } from "../fixtures/breaking-wire.ts";
import { startHostileRegistry } from "../fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileReply, HostileRequest } from "../fixtures/hostile-registry.ts";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { artifactOf, imageOf, indexOf, jsonPiece, manifestOf, pieceOf, TYPE } from "../v2/content.ts";
import type { Piece, Whole } from "../v2/content.ts";
import { hasBlob, manifest, seed } from "./seed.ts";

const skip = hasRegistry ? false : "docker-registry is not installed";
const SIZE = 6 * 1024 * 1024;

/** An image with one large layer. */
function largeImage(): Whole {
  const config = jsonPiece(TYPE.config, { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [] } });
  return manifestOf(config, [pieceOf(TYPE.layer, randomBytes(SIZE))]);
}

function listOf(pieces: readonly Piece[]): Piece {
  return jsonPiece(TYPE.index, { schemaVersion: 2, mediaType: TYPE.index, manifests: pieces.map(({ descriptor }) => descriptor) });
}

describe("copying when something goes wrong", { skip }, () => {
  let target: RunningRegistry;
  let hostile: HostileRegistry;
  let engine: Engine;
  let number = 0;
  let to: { readonly host: string; readonly path: string };
  before(async () => {
    const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
    [target, hostile, engine] = await Promise.all([
      startRegistry(),
      startHostileRegistry(),
      openEngine({ memory: true, registries: { clock } }),
    ]);
  });
  beforeEach(() => {
    number += 1;
    to = { host: target.host, path: `to/${number}` };
  });
  after(async () => {
    await Promise.all([engine, hostile, target].map((one) => one[Symbol.asyncDispose]()));
  });

  const copy = (request: Partial<CopyRequest> = {}): Promise<CopyEvent[]> =>
    Array.fromAsync(engine.registries.copy({ from: `${hostile.host}/from/app:1`, to: `${to.host}/${to.path}:1`, ...request }));
  const cancelled = (): number => target.log().match(new RegExp(`"DELETE /v2/${to.path}/blobs/uploads/`, "g"))?.length ?? 0;

  /** Plays a registry that has these; `instead` may answer first. */
  function serve(
    pieces: readonly Piece[],
    tag: Piece,
    instead: (request: HostileRequest, reply: HostileReply) => boolean = () => false,
  ): void {
    hostile.play((request, reply) => {
      if (instead(request, reply)) return;
      const [, kind, name] = /^\/v2\/from\/app\/(manifests|blobs|referrers)\/([^?]+)/.exec(request.path) ?? [];
      const piece = name === "1" ? tag : [tag, ...pieces].find(({ descriptor }) => descriptor.digest === name);
      if (piece === undefined || kind === "referrers") return;
      const type = kind === "manifests" ? piece.descriptor.mediaType : "application/octet-stream";
      reply.send(200, { "content-type": type, "docker-content-digest": piece.descriptor.digest }, piece.bytes);
    });
  }

  for (const side of ["source", "target"] as const) {
    test(`a wire to the ${side} that breaks twice costs no byte of the image`, async () => {
      const image = largeImage();
      await using real = await startRegistry();
      await using wire = await startBreakingWire(side === "source" ? real.host : to.host);
      await seed({ host: real.host, path: "big" }, image, "1");
      const names = {
        from: `${side === "source" ? wire.host : real.host}/big:1`,
        to: `${side === "target" ? wire.host : to.host}/${to.path}:1`,
      };
      const direction = side === "source" ? "down" : "up";
      wire.breakAfter(SIZE / 2, direction);
      let breaks = 0;
      for await (const event of engine.registries.copy(names)) {
        if (event.type !== "blob" || event.state.step !== "retrying") continue;
        assert.equal(event.state.side, side);
        // Every wait ends with this one.
        if (event.state.seconds !== 1) continue;
        breaks += 1;
        if (breaks === 1) wire.breakAfter(SIZE / 4, direction);
      }
      assert.ok(breaks >= 2, `${breaks} breaks`);
      assert.deepEqual(await manifest(to, "1"), image.bytes);
      for (const { descriptor } of image.blobs) assert.ok(await hasBlob(to, descriptor.digest));
    });
  }

  test("a source that lies about a layer fails the copy, and the target keeps nothing of it", async () => {
    const image = largeImage();
    const layer = image.blobs[1]?.descriptor.digest ?? "";
    serve(image.blobs, image, ({ path }, reply) => {
      if (!path.endsWith(layer)) return false;
      reply.send(200, {}, Buffer.alloc(SIZE, "x"));
      return true;
    });
    await assert.rejects(copy(), {
      kind: "data-loss",
      message: `cannot copy: source ${hostile.host}/from/app: the bytes that came are not those of ${layer}`,
      details: { side: "source", operation: undefined, host: undefined },
    });
    assert.equal(hostile.asked().filter((line) => line.endsWith(layer)).length, 1, "it is not asked again");
    assert.deepEqual([await hasBlob(to, layer), await manifest(to, "1")], [false, undefined]);
  });

  test("a source that breaks off for good is told as the source's fault", async () => {
    const image = largeImage();
    serve(image.blobs, image, ({ path }, reply) => {
      if (!path.endsWith(image.blobs[1]?.descriptor.digest ?? "")) return false;
      reply.reset();
      return true;
    });
    await assert.rejects(copy(), {
      message: new RegExp(
        `^cannot copy: source ${hostile.host}/from/app: .*connection reset by peer \\(to fetch the blob, ${hostile.host}`,
      ),
      details: { side: "source", operation: "fetch the blob", host: hostile.host },
    });
  });

  for (const way of ["is aborted", "is left"] as const) {
    test(`a copy that ${way} cancels the upload at the target`, async () => {
      const image = largeImage();
      const layer = image.blobs[1];
      serve(image.blobs, image, ({ path }, reply) => {
        if (!path.endsWith(layer?.descriptor.digest ?? "")) return false;
        reply.trickle(200, { "content-length": String(SIZE) }, 5);
        return true;
      });
      const controller = new AbortController();
      await using own = await openEngine({ memory: true });
      const events = own.registries.copy(
        { from: `${hostile.host}/from/app:1`, to: `${to.host}/${to.path}:1` },
        { signal: controller.signal },
      );
      const uploading = async (): Promise<void> => {
        for await (const event of events) {
          if (event.type !== "blob" || event.digest !== layer?.descriptor.digest || event.state.step !== "copying") continue;
          if (way === "is left") return;
          controller.abort();
        }
      };
      if (way === "is left") await uploading();
      else await assert.rejects(uploading(), { kind: "cancelled" });
      await own.close();
      assert.ok(cancelled() >= 1, target.log());
      assert.equal(await manifest(to, "1"), undefined);
    });
  }

  test("lists of referrers may lead in circles", async () => {
    const image = imageOf();
    const signature = artifactOf({ more: { subject: image.descriptor } });
    const referrers = new Map([
      [image.descriptor.digest, indexOf([signature, image])],
      [signature.descriptor.digest, indexOf([image, signature])],
    ]);
    serve([...image.blobs, ...signature.blobs, signature], image, ({ path }, reply) => {
      const list = referrers.get(path.split("/referrers/")[1] ?? "");
      if (list !== undefined) reply.send(200, { "content-type": TYPE.index }, list.bytes);
      return list !== undefined;
    });
    await copy();
    assert.deepEqual(await manifest(to, signature.descriptor.digest), signature.bytes);
  });

  test("graphs that exist only to exhaust are refused", async () => {
    const nested: Piece[] = [imageOf()];
    for (let depth = 0; depth < 10; depth += 1) nested.push(listOf([nested.at(-1) as Piece]));
    serve(nested, nested.at(-1) as Piece);
    await assert.rejects(copy(), { kind: "invalid-argument", message: "cannot copy: the image is nested more than 8 deep" });
    // Every level names the one below twice: as a tree it has no end.
    const image = imageOf();
    const doubled: Piece[] = [image];
    for (let depth = 0; depth < 5; depth += 1) doubled.push(listOf(Array.from({ length: 500 }, () => doubled.at(-1) as Piece)));
    serve([...doubled, ...image.blobs], doubled.at(-1) as Piece);
    const events = await copy({ referrers: false });
    assert.equal(events.filter(({ type }) => type === "manifest").length, 5);
    const many = listOf(Array.from({ length: 10_001 }, (_, n) => pieceOf(TYPE.manifest, String(n))));
    serve([], many);
    await assert.rejects(copy(), { kind: "invalid-argument", message: "cannot copy: the image has more than 10000 manifests" });
  });

  test("a mount that comes to nothing is made up for by sending", async () => {
    const image = imageOf();
    const sent = new Map<string, Buffer>();
    let named: Buffer | undefined;
    serve(image.blobs, image, ({ method, path, body }, reply) => {
      if (!path.startsWith("/v2/to/")) return false;
      const digest = new URL(path, "http://registry").searchParams.get("digest");
      const blob = /\/blobs\/(sha256:\w+)$/.exec(path)?.[1];
      if (blob !== undefined) reply.send(sent.has(blob) ? 200 : 404, { "content-length": String(sent.get(blob)?.byteLength ?? 0) });
      else if (path.includes("mount=")) reply.send(201, { location: "/v2/to/app/blobs/mounted" });
      else if (method === "POST") reply.send(202, { location: "/v2/to/app/blobs/uploads/1" });
      else if (digest !== null) {
        sent.set(digest, body);
        reply.send(201);
      } else if (method !== "PUT") return false;
      else if (image.blobs.every(({ descriptor }) => sent.has(descriptor.digest))) {
        named = body;
        reply.send(201);
      } else
        reply.send(400, { "content-type": "application/json" }, '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown"}]}');
      return true;
    });
    const events = await copy({ to: `${hostile.host}/to/app:1` });
    assert.deepEqual(named, image.bytes);
    for (const { descriptor, bytes } of image.blobs) assert.deepEqual(sent.get(descriptor.digest), bytes);
    const steps = events.flatMap((event) => (event.type === "blob" && event.state.step !== "copying" ? [event.state.step] : []));
    const each = (step: string): string[] => image.blobs.map(() => step);
    assert.deepEqual(steps.toSorted(), [...each("copied"), ...each("mounted"), ...each("waits"), ...each("waits")].toSorted());
    const size = image.blobs.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    assert.deepEqual(events.at(-1), { type: "done", transferred: size });
  });

  test("a manifest that is not what its digest says is refused", async () => {
    const image = imageOf();
    serve(image.blobs, image, ({ path, method }, reply) => {
      if (method !== "GET" || !path.includes("/manifests/")) return false;
      reply.send(200, { "content-type": TYPE.manifest, "docker-content-digest": image.descriptor.digest }, imageOf().bytes);
      return true;
    });
    await assert.rejects(copy(), {
      message: new RegExp(`source ${hostile.host}/from/app: manifest verification failed for digest ${image.descriptor.digest}`),
    });
    assert.equal(await manifest(to, "1"), undefined);
  });
});
