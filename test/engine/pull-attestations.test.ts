import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openEngine } from "#engine";
import { parcels } from "../differential/registries/contents.ts";
import { startHostileRegistry } from "../fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileScript } from "../fixtures/hostile-registry.ts";
import { sha256 } from "../workbench/index.ts";

const { attested, nested } = parcels;
const [, , attestation] = attested.manifests;

/** Serves a parcel whose root is the tag `1`, without the manifests and blobs in `lost`. */
function serve({ root, manifests, blobs }: typeof attested, lost: ReadonlySet<string> = new Set()): HostileScript {
  return ({ path }, reply) => {
    const reference = path.split("/").at(-1) ?? "";
    const wanted = reference === "1" ? root.digest : reference;
    if (lost.has(wanted)) return reply.send(404);
    const manifest = manifests.find(({ described }) => described.digest === wanted);
    const bytes = manifest?.bytes ?? blobs.find((blob) => sha256(blob) === wanted);
    if (bytes === undefined) return reply.send(path === "/v2/" ? 200 : 404);
    const headers = { ...(manifest && { "content-type": manifest.described.mediaType }), "content-length": String(bytes.length) };
    reply.send(200, headers, bytes);
  };
}

describe("pull of an index", () => {
  let registry: HostileRegistry;
  before(async () => {
    registry = await startHostileRegistry();
  });
  after(() => registry[Symbol.asyncDispose]());

  async function pulled(
    script: HostileScript,
    use: (engine: Awaited<ReturnType<typeof openEngine>>, name: string) => Promise<void>,
  ): Promise<void> {
    registry.play(script);
    await using engine = await openEngine({ memory: true });
    const name = `${registry.host}/t/x:1`;
    await Array.fromAsync(engine.images.pull({ image: name, platform: { os: "linux", architecture: "amd64" } }));
    await use(engine, name);
  }

  test("what it says of the chosen image comes too, and nothing of what it says of others", async () => {
    await pulled(serve(attested), async (engine, name) => {
      const { manifests = [] } = await engine.images.inspect(name, { manifests: true });
      assert.deepEqual(
        manifests.map(({ kind, available }) => [kind, available]),
        [
          ["image", true],
          ["image", false],
          ["attestation", true],
          ["attestation", false],
        ],
      );
      const [statement] = await engine.images.attestations(name, { statements: true });
      assert.equal(statement?.predicateType, "https://slsa.dev/provenance/v0.2");
    });
  });

  test("an attestation that the registry has lost is no reason not to have the image", async () => {
    await pulled(serve(attested, new Set([attestation?.described.digest ?? ""])), async (engine, name) => {
      assert.deepEqual(await engine.images.attestations(name), []);
    });
    const statements = attested.blobs.filter((blob) => blob.includes("in-toto.io/Statement")).map(sha256);
    assert.equal(statements.length, 2);
    await pulled(serve(attested, new Set(statements)), async (engine, name) => {
      assert.deepEqual(await engine.images.attestations(name), []);
    });
  });

  test("an index within it is followed", async () => {
    await pulled(serve(nested), async (engine, name) => {
      assert.equal((await engine.images.inspect(name)).descriptor.digest, nested.root.digest);
    });
    const [, inner, other] = nested.manifests.map(({ described }) => described.digest);
    const asked = (digest = "?"): boolean => registry.asked().some((line) => line.endsWith(digest));
    assert.deepEqual([asked(inner), asked(other)], [true, false]);
  });
});
