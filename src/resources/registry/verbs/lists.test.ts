import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import type { HostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import { startHostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileScript } from "../../../../test/fixtures/hostile-registry.ts";
import { digestOf, MEDIA_TYPE } from "#oci";

const manifest = { mediaType: MEDIA_TYPE.ociManifest, digest: digestOf("manifest"), size: 8 };
const config = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf("{}"), size: 2 };

let registry: HostileRegistry;
let against: HostileRepository["against"];
before(async () => {
  registry = await startHostileRegistry();
  ({ against } = hostileRepository(registry));
});
after(() => registry[Symbol.asyncDispose]());

test("pages that lead away or in a circle end with an error", async () => {
  const away: HostileScript = (_, reply) => reply.send(200, { link: '<http://127.0.0.2/v2/x>; rel="next"' }, '{"tags":["a"]}');
  await assert.rejects(
    against(away, (repository) => repository.listTags()),
    { message: /the next page of .* is not at the same host$/ },
  );
  const circle: HostileScript = ({ path }, reply) => reply.send(200, { link: `<${path}>; rel="next"` }, '{"tags":["a"]}');
  await assert.rejects(
    against(circle, (repository) => repository.listTags()),
    { message: /the pages of .* do not end$/ },
  );
  await assert.rejects(
    against(
      (_, reply) => reply.send(200, {}, '{"tags":["a b"]}'),
      (repository) => repository.listTags(),
    ),
    { message: /names "a b", which is no name$/ },
  );
  const many: HostileScript = ({ before }, reply) =>
    reply.send(
      200,
      { link: `</v2/t/app/tags/list?p=${before + registry.requests.length}>; rel="next"` },
      `{"tags":["t${registry.requests.length}"]}`,
    );
  await assert.rejects(
    against(many, (repository) => repository.listTags({ limit: 5 })),
    { message: /has more than 5$/ },
  );
  assert.deepEqual(
    await against(
      (_, reply) => reply.send(200, {}, '{"tags":null}'),
      (repository) => repository.listTags(),
    ),
    [],
  );
});

test("pages are followed to the last", async () => {
  const script: HostileScript = ({ path }, reply) =>
    path.includes("last=b")
      ? reply.send(200, {}, '{"tags":["c"]}')
      : reply.send(200, { link: '</v2/t/app/tags/list?last=b&n=2>; rel="next"' }, '{"tags":["a","b"]}');
  assert.deepEqual(await against(script, (repository) => repository.listTags()), ["a", "b", "c"]);
});

test("referrers come from the API, filtered here too, or from the tag that stands in for it", async () => {
  const list = [
    { ...manifest, artifactType: "a/b" },
    { ...config, artifactType: "c/d" },
  ];
  const document = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests: list });
  const byTag: HostileScript = ({ path }, reply) =>
    path.endsWith(`/manifests/${manifest.digest.replace(":", "-")}`)
      ? reply.send(200, { "content-type": MEDIA_TYPE.ociIndex }, document)
      : reply.send(404);
  for (const script of [
    byTag,
    ((_, reply) => reply.send(200, { "content-type": MEDIA_TYPE.ociIndex }, document)) satisfies HostileScript,
  ]) {
    const found = await against(script, (repository) => repository.referrers(manifest.digest, { artifactType: "a/b" }));
    assert.deepEqual(
      found.map(({ digest }) => digest),
      [manifest.digest],
    );
  }
});
