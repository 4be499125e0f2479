import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { openEngine } from "#engine";
import { createAuthority } from "../fixtures/certificates.ts";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import { startSlowWire } from "../fixtures/slow-wire.ts";
import { dockerArchive, imageOf, ociArchive, tarOf } from "../workbench/index.ts";
import { load } from "./engine-fixture.ts";

/** No part of it is like another, and half of it can be compressed, but not to nothing. */
const image = imageOf([
  [{ name: "noise", data: randomBytes(12_000_000) }],
  [{ name: "text", data: randomBytes(6_000_000).toString("hex") }],
  [{ name: "mixed", data: Buffer.concat(Array.from({ length: 40 }, (_, n) => (n % 2 ? randomBytes(150_000) : Buffer.alloc(150_000, n)))) }],
]);

/** Memory that went out is used again; a registry verifies what arrives, and each blob is to arrive at the first attempt. */
describe("push to a registry that takes its time", { skip: hasRegistry ? false : "docker-registry is not installed" }, () => {
  for (const scheme of ["http", "https"] as const) {
    for (const kind of ["as stored", "gzip", "zstd"] as const) {
      test(`over ${scheme}, ${kind === "as stored" ? "layers as they are stored" : `plain layers as ${kind}`}`, async () => {
        await using authority = await createAuthority();
        const tls = await authority.issue("registry", "IP:127.0.0.1");
        await using registry = await startRegistry(scheme === "https" ? { tls } : {});
        await using wire = await startSlowWire(registry.host);
        await using engine = await openEngine({ memory: true, ...(kind === "zstd" && { pushCompression: "zstd" }) });
        const name = `${wire.host}/slow:1`;
        const archive =
          kind === "as stored"
            ? ociArchive([{ image, annotations: { "io.containerd.image.name": name } }])
            : dockerArchive([{ image, tags: [name] }]);
        await load(engine, tarOf(archive));
        const events = await Array.fromAsync(engine.images.push({ name }));
        assert.ok(events.some(({ type }) => type === "tag"));
        const uploads = registry
          .log()
          .split("\n")
          .flatMap((line) => /"(PUT|PATCH) \/v2\/slow\/blobs\/uploads\//.exec(line)?.[1] ?? []);
        const layers = kind === "as stored" ? ["PUT"] : ["PATCH", "PUT"];
        assert.deepEqual(uploads.toSorted(), [...layers, ...layers, ...layers, "PUT"].toSorted());
      });
    }
  }
});
