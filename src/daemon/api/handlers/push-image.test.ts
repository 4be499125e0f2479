import assert from "node:assert/strict";
import { test } from "node:test";
import type { Images, PushEvent, UploadState } from "#images";
import { digestOf, MEDIA_TYPE } from "#oci";
import { serveApi } from "../../../../test/api/serve-api.ts";
import { stubEngine } from "../../../../test/api/stub-engine.ts";

const [diffId, digest, other] = [digestOf("a"), digestOf("b"), digestOf("c")];
const id = diffId.slice(7, 19);

/** What a client is told of these events. */
async function told(events: readonly PushEvent[]): Promise<unknown[]> {
  const push: Images["push"] = async function* () {
    yield* await Promise.resolve(events);
  };
  await using api = await serveApi(stubEngine({ push }));
  const { text } = await api.ask("POST /v1.51/images/r.example/app/push?tag=1");
  return text.split("\r\n").flatMap((line): unknown[] => (line === "" ? [] : [JSON.parse(line)]));
}

test("what becomes of a layer is told in Docker's words", async () => {
  const states: readonly (readonly [UploadState, string])[] = [
    [{ step: "preparing" }, "Preparing"],
    [{ step: "exists" }, "Layer already exists"],
    [{ step: "mounted", from: "t/app" }, "Mounted from t/app"],
    [{ step: "skipped" }, "Skipped foreign layer"],
    [{ step: "retrying", seconds: 2 }, "Retrying in 2 seconds"],
    [{ step: "retrying", seconds: 1 }, "Retrying in 1 second"],
    [{ step: "pushed" }, "Pushed"],
  ];
  assert.deepEqual(
    await told(states.map(([state]) => ({ type: "layer", diffId, state }))),
    states.map(([, status]) => ({ status, progressDetail: {}, id })),
  );
});

test("a manifest that went instead of its index is told as Docker tells it, before the digest", async () => {
  const index = { mediaType: MEDIA_TYPE.ociIndex, digest, size: 730 };
  const manifest = { mediaType: MEDIA_TYPE.ociManifest, digest: other, size: 418, platform: { os: "linux", architecture: "amd64" } };
  assert.deepEqual(
    await told([
      { type: "part", index, manifest },
      { type: "tag", tag: "1", digest: other, size: 418 },
    ]),
    [
      { progressDetail: {}, aux: { manifestPushedInsteadOfIndex: true, originalIndex: index, selectedManifest: manifest } },
      { status: `1: digest: ${other} size: 418` },
      { progressDetail: {}, aux: { Tag: "1", Digest: other, Size: 418 } },
    ],
  );
});

test("content that is not here is told before the error", async () => {
  const target = { mediaType: MEDIA_TYPE.ociManifest, digest, size: 418 };
  assert.deepEqual(await told([{ type: "lacking", target }]), [{ progressDetail: {}, aux: { contentMissing: true, desc: target } }]);
});
